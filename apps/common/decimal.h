// Numbers on the command line: decimal, the same for every program and every version of CLI11, which has rules of its
// own for a leading zero, 0x, signs and separators.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// The number that the text is as a whole, in decimal digits, of a floating-point type with a point and an exponent if
/// need be. Nothing for any other text ("", "+5", " 5", "5abc", "0x10", of an integer "1e3"), for what T cannot hold,
/// and for "nan" and "inf".
template <class T>
std::optional<T> decimal(std::string_view text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// Makes every option of the program and its commands that takes a number take decimal() ones and refuse others.
void read_decimal_numbers(CLI::App& app);

}  // namespace wisp::apps
