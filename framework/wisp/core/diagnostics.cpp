#include <wisp/core/diagnostics.h>

#include <cerrno>

#include <unistd.h>

namespace wisp {

void write_diagnostics(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace wisp
