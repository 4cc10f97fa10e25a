// What is said on stderr: progress, warnings, errors. It never ends the work that it is about.
#pragma once

#include <exception>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <wisp/core/text.h>

namespace wisp {

/// Writes the text to stderr as it is. What cannot be written, to a full disk or a terminal that is gone, is lost.
void write_diagnostics(std::string_view text) noexcept;

/// Writes a line to stderr, printable() whatever names it holds. What cannot be written is lost.
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) noexcept try {
  write_diagnostics(printable(fmt::format(format, std::forward<Args>(args)...)) + "\n");
} catch (const std::exception&) {  // no memory for a message
}

}  // namespace wisp
