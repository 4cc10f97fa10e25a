#include <wisp/io/atomic_file.h>

#include <charconv>
#include <filesystem>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <wisp/core/error.h>

namespace wisp {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// The descriptor of this process that the path stands for, as /dev/stdout stands for 1, through symbolic links; -1
// where it stands for none. The last link, in /proc/self/fd, cannot be followed: for a pipe it says "pipe:[123]", and a
// regular file that is opened again is not written at the place, or in the mode, of the descriptor.
int own_descriptor(fs::path path) {
  constexpr int most_links = 40;
  std::error_code error;
  for (int links = 0; links < most_links && fs::is_symlink(path, error); ++links) {
    const fs::path folder = fs::canonical(folder_of(path.string()), error);
    if (error) return -1;
    int number = -1;
    const std::string name = path.filename().string();
    const char* const end = name.data() + name.size();
    if ((folder == fs::canonical("/proc/self/fd", error) || folder == fs::canonical("/proc/thread-self/fd", error)) &&
        std::from_chars(name.data(), end, number).ptr == end && ::fcntl(number, F_GETFD) >= 0)
      return number;
    const fs::path target = fs::read_symlink(path, error);
    if (error) return -1;
    path = folder / target;
  }
  return -1;
}

// Opens what exists and is no regular file.
FileDescriptor open_in_place(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) throw IoError(path, 0, "cannot open for writing: " + os_message());
  ::fcntl(file.get(), F_SETFL, 0);  // opening a pipe must not wait, writing to it may
  return file;
}

// Waits until a pipe takes bytes again: a process that shares it may have made it one that does not wait.
bool wait_until_writable(int descriptor) {
  pollfd waiting{descriptor, POLLOUT, 0};
  return ::poll(&waiting, 1, -1) > 0 || errno == EINTR;
}

std::string resolve_links(const std::string& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error)) return path;
  const fs::path target = fs::weakly_canonical(path, error);
  if (error) throw IoError(path, 0, "cannot follow the symbolic link: " + error.message());
  return target.string();
}

// Opens the temporary file for this writer alone.
FileDescriptor open_temporary(const std::string& path, const std::string& temporary) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
    if (!file.is_open()) throw IoError(path, 0, fmt::format("cannot create {}: {}", temporary, os_message()));
    // Where the file system knows no locks, go without.
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) break;
    // Another writer may have renamed or removed the file between open and flock.
    struct stat opened {
    }, named{};
    if (::fstat(file.get(), &opened) != 0 || ::lstat(temporary.c_str(), &named) != 0) continue;
    if (opened.st_dev != named.st_dev || opened.st_ino != named.st_ino) continue;
    if (!S_ISREG(opened.st_mode)) throw IoError(path, 0, temporary + " is in the way and no regular file");
    if (::ftruncate(file.get(), 0) != 0)
      throw IoError(path, 0, fmt::format("cannot empty {}: {}", temporary, os_message()));
    return file;
  }
  throw IoError(path, 0, "another process or thread is writing this file at the same moment");
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) throw IoError(path, 0, "is a directory, expected a file name");
  if (const int own = own_descriptor(path); own >= 0) {
    file_ = FileDescriptor(::fcntl(own, F_DUPFD_CLOEXEC, 0));
    if (!file_.is_open()) fail("cannot open for writing");
    return;
  }
  if (exists && !S_ISREG(status.st_mode)) {
    file_ = open_in_place(path);
    return;
  }
  target_ = resolve_links(path);
  if (fs::path(target_).filename().empty()) throw IoError(path, 0, "the path ends without a file name");
  file_ = open_temporary(path, target_ + ".tmp");
  temporary_ = target_ + ".tmp";
  if (exists) ::fchmod(file_.get(), status.st_mode & 0777);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const std::string& what) const { throw IoError(path_, written_, what + ": " + os_message()); }

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN && wait_until_writable(file_.get())) continue;
    if (count < 0) fail("cannot write");
    written_ += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit() {
  if (temporary_.empty()) return;
  if (::fsync(file_.get()) != 0) fail("cannot write to the disk");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot put the new file in place");
  temporary_.clear();
  // The file is in place; a folder that may be written but not read cannot be made durable, and that is all right.
  const FileDescriptor folder(::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open() && ::fsync(folder.get()) != 0 && errno != EINVAL) fail("cannot write the folder to the disk");
}

void write_file_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts) {
  AtomicFile file(path);
  for (const std::span<const std::byte> part : parts) file.write(part);
  file.commit();
}

void write_file_atomically(const std::string& path, std::span<const std::byte> bytes) {
  write_file_atomically(path, {bytes});
}

}  // namespace wisp
