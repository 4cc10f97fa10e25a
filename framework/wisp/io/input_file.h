// InputFile: a regular file opened for reading, with bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <wisp/io/file_descriptor.h>

namespace wisp {

class InputFile {
 public:
  /// Opens the file. Throws IoError when it cannot be opened or is no regular file; never waits (pipes, devices).
  explicit InputFile(const std::string& path);

  const std::string& path() const { return path_; }
  /// Bytes in the file when it was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `out` with the bytes from `offset` on and returns how many there were: fewer than out.size() only at the end
  /// of the file. Throws IoError when the system cannot read.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  std::string path_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

/// The file's bytes. Throws IoError when it cannot be read, is no regular file, or has more than `most`.
std::string read_file(const std::string& path, std::uint64_t most);

}  // namespace wisp
