// Numbers as text: those of --values and --weights, and those that a page shows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wisp/ops/conv2d_options.h>

namespace wisp::apps {

/// The size of the first channel as it is written down: "2x3" for "1 2 3; 4 5 6 | ...". Throws as parse_numbers does.
std::string written_size(const std::string& option, const std::string& text);

/// The numbers of `channels` images of `size`: between rows ; or a new line, between channels |. A single row may hold
/// all numbers, and rows without | may go on from channel to channel. Throws Error, naming `option`, for a word that is
/// no number from -1e9 to 1e9, empty rows and channels, and more or fewer numbers, rows or channels than there are
/// cells; `advice`, with {} for how many are written down, follows when the channels are too many or too few.
std::vector<double> parse_numbers(const std::string& option, const std::string& text, std::int64_t channels,
                                  Size2d size, const char* advice);

/// What the reader sees of a number: every digit before the point and at most three after it, three digits of what
/// would become 0.
double shown_number(double value);

/// shown_number as text: "12345.6", "0.063", "1.23e-7". explain.js writes it the same way.
std::string number_text(double value);

}  // namespace wisp::apps
