#include <apps/common/folder_lock.h>

#include <array>

#include <fcntl.h>
#include <sys/file.h>

#include <wisp/core/error.h>

namespace wisp::apps {

FolderLock::FolderLock(const std::string& folder) {
  const std::string path = folder + "/lock";
  file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file_.is_open()) throw IoError(path, 0, "cannot open for writing: " + os_message());
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    std::array<char, 200> holder{};
    const ssize_t size = ::pread(file_.get(), holder.data(), holder.size() - 1, 0);
    throw IoError(folder, 0,
                  fmt::format("is in use by {}", size > 0 ? holder.data() : "another process, which has just begun"));
  }
  std::array<char, 100> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string holder = fmt::format("process {} on {}", ::getpid(), host.data());
  // Only a message: a full disk is found out by the files that matter.
  if (::ftruncate(file_.get(), 0) != 0 || ::pwrite(file_.get(), holder.data(), holder.size(), 0) < 0) return;
}

}  // namespace wisp::apps
