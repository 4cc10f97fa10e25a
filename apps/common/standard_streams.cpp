#include <apps/common/standard_streams.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wisp::apps {
namespace {

bool ignored_sigpipe = false;  // by whoever started this program

[[noreturn]] void fail() { throw OutputError(errno, std::generic_category(), "cannot write to standard output"); }

}  // namespace

void occupy_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDONLY) < 0)
      ::open("/", O_RDONLY);  // the lowest free
  ignored_sigpipe = std::signal(SIGPIPE, SIG_IGN) == SIG_IGN;
}

void write_output(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail();
}

void flush_output() {
  if (std::fflush(stdout) != 0) fail();
}

void finish_output() {
  flush_output();
  const int copy = ::dup(STDOUT_FILENO);
  if (copy >= 0 && ::close(copy) != 0) fail();
}

void end_by_broken_pipe() {
  if (ignored_sigpipe) return;
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
}

bool is_standard_output(const std::string& path) {
  struct stat named {
  }, output{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(STDOUT_FILENO, &output) == 0 && named.st_dev == output.st_dev &&
         named.st_ino == output.st_ino;
}

}  // namespace wisp::apps
