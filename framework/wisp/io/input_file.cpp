#include <wisp/io/input_file.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <wisp/core/error.h>

namespace wisp {

InputFile::InputFile(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.is_open()) throw IoError(path, 0, "cannot open: " + os_message());
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) throw IoError(path, 0, "cannot open: " + os_message());
  if (S_ISDIR(status.st_mode)) throw IoError(path, 0, "is a directory, expected a file");
  if (!S_ISREG(status.st_mode)) throw IoError(path, 0, "is a device or a pipe, expected a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count = ::pread(file_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0)
      done += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      throw IoError(path_, offset + done, "cannot read: " + os_message());
  }
  return done;
}

std::string read_file(const std::string& path, std::uint64_t most) {
  const InputFile file(path);
  if (file.size() > most)
    throw IoError(path, most, fmt::format("the file has {} bytes, at most {} are read", file.size(), most));
  std::string bytes(file.size(), '\0');
  bytes.resize(file.read_at(0, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

}  // namespace wisp
