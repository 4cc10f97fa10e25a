// Errors and internal checks.
//
// A caller's mistake throws Error: "op: argument, what was given, what is valid", one line.
// A bad file throws IoError: "path: offset N: what is wrong". Where memory ends, std::bad_alloc is thrown, by the
// library's own allocator OutOfMemory. Internal invariants use assert.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace wisp {

/// A mistake of the caller: wrong shape, dtype, option or order of calls.
class Error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// A file that cannot be read, written or understood. `offset` is the byte where the trouble starts.
class IoError : public std::runtime_error {
 public:
  IoError(std::string path, std::uint64_t offset, const std::string& what)
      : std::runtime_error(fmt::format("{}: offset {}: {}", path, offset, what)),
        path_(std::move(path)),
        offset_(offset) {}

  const std::string& path() const { return path_; }
  std::uint64_t offset() const { return offset_; }

 private:
  std::string path_;
  std::uint64_t offset_;
};

/// The system has no memory left: not a mistake of the caller, and not an Error. Its message is in place, since there
/// is no memory for one.
class OutOfMemory : public std::bad_alloc {
 public:
  /// `bytes` is what was asked for, 0 where that is not known.
  explicit OutOfMemory(const char* op, std::size_t bytes = 0) {
    const auto end = fmt::format_to_n(message_.data(), message_.size() - 1, "{}: out of memory", op);
    const std::size_t written = std::min(end.size, message_.size() - 1);
    if (bytes > 0)
      fmt::format_to_n(message_.data() + written, message_.size() - 1 - written, ", {} bytes requested", bytes);
  }
  const char* what() const noexcept override { return message_.data(); }

 private:
  std::array<char, 128> message_{};
};

/// Throws Error with the formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// Throws Error with the formatted message unless `condition` holds; formats nothing when it does.
template <class... Args>
void check(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) fail(format, std::forward<Args>(args)...);
}

}  // namespace wisp
