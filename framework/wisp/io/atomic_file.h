// AtomicFile: a file that appears whole or not at all.
//
// The bytes go to `path`.tmp in the same folder; commit() makes them durable and renames the file over `path`. Whatever
// fails before that leaves `path` as it was and removes the temporary file. The fixed name means that a crash leaves at
// most one such file, which the next writer takes over; a lock keeps two writers apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include <wisp/io/file_descriptor.h>

namespace wisp {

class AtomicFile {
 public:
  /// Creates the temporary file. A symbolic link is followed. A device or pipe such as /dev/null is written in place,
  /// and so is what this process has open already: /dev/stdout, /dev/fd/63, whether that is a pipe, a socket or a file.
  /// Throws IoError when `path` is a directory, its folder is missing or cannot be written, or another writer is at it.
  explicit AtomicFile(const std::string& path);
  /// Removes the temporary file unless commit() has succeeded.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends bytes. Throws IoError with the system's message, e.g. when the disk is full.
  void write(std::span<const std::byte> bytes);
  /// Puts the file in its place, keeping the permissions of the one it replaces. Throws IoError.
  void commit();

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_;       // as given: for messages
  std::string target_;     // symbolic links resolved; empty for what is written in place
  std::string temporary_;  // empty when there is none (any more)
  FileDescriptor file_;
  std::uint64_t written_ = 0;
};

/// Writes the parts one after the other as the whole content of `path`, or leaves `path` as it was and throws IoError.
void write_file_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts);
/// The same for one run of bytes.
void write_file_atomically(const std::string& path, std::span<const std::byte> bytes);

}  // namespace wisp
