// Standard output: what a program was asked for arrives, or the program fails. (Diagnostics: wisp/core/diagnostics.h.)
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace wisp::apps {

/// Standard output cannot be written.
struct OutputError : std::system_error {
  using std::system_error::system_error;
};

/// Before anything is opened: occupies those of descriptors 0 to 2 that are closed, so that no file gets their numbers
/// and what is printed; reading them finds the end, writing them is an error. SIGPIPE is ignored from now on.
void occupy_standard_streams();

/// Writes the text to standard output. Throws OutputError.
void write_output(std::string_view text);

template <class... Args>
void print_output(fmt::format_string<Args...> format, Args&&... args) {
  write_output(fmt::format(format, std::forward<Args>(args)...));
}

/// Hands over what write_output still holds back. Throws OutputError where it cannot be written.
void flush_output();

/// flush_output(), and for what a file system reports when a file is closed. Throws OutputError.
void finish_output();

/// Ends the program by SIGPIPE, as it ends other programs whose reader has gone (`... | head -1`), unless whoever
/// started this one ignores SIGPIPE.
void end_by_broken_pipe();

/// Whether the path names what standard output is, as /dev/stdout does: nothing else should be printed there then.
bool is_standard_output(const std::string& path);

}  // namespace wisp::apps
