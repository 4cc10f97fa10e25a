#include <apps/common/progress.h>

#include <algorithm>
#include <cmath>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

#include <wisp/core/diagnostics.h>

namespace wisp::apps {
namespace {

std::string speed_and_losses(const ProgressState& state) {
  return fmt::format("{:.0f} images/s  {}", state.images_per_second, state.losses);
}

// "[###...]" of `width` characters inside; nothing when there is no room for one worth looking at.
std::string bar(double fraction, int width) {
  if (width < 4) return "";
  const int filled = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * width);
  return fmt::format("[{}{}]", std::string(static_cast<std::size_t>(filled), '#'),
                     std::string(static_cast<std::size_t>(width - filled), '.'));
}

// Seconds as "1:02" or "2:05:09".
std::string duration(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
  const std::int64_t hours = total / 3600, minutes = total / 60 % 60, rest = total % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest) : fmt::format("{}:{:02}", minutes, rest);
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const int columns = known ? size.ws_col : 80;
  return {columns, known && size.ws_xpixel > 0 ? size.ws_xpixel : 8 * columns};
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::update(const ProgressState& state) {
  if (quiet_ || !terminal_ || state.seconds < last_drawn_ + 0.1) return;
  last_drawn_ = state.seconds;
  const double now = state.done - state.begun, left = now > 0 ? state.seconds * (1 - state.done) / now : 0;
  const std::string epoch = fmt::format("epoch {} ", state.epoch);
  const std::string rest =
      fmt::format(" {:3.0f}%  {}  {} left", 100 * state.done, speed_and_losses(state), duration(left));
  // A line that wraps could not be drawn over.
  const int room = terminal_size().columns - 1, text = static_cast<int>(epoch.size() + rest.size()) + 2;
  std::string line = epoch + bar(state.done, std::clamp(room - text, 0, 24)) + rest;
  line.resize(std::min(line.size(), static_cast<std::size_t>(room)));
  write_diagnostics("\r\033[K" + line);
}

void Progress::clear() {
  if (!quiet_ && terminal_) write_diagnostics("\r\033[K");
}

void Progress::finish_epoch(const ProgressState& state) {
  if (quiet_) return;
  clear();
  say("epoch {}  {}/{} batches  {}  {} elapsed", state.epoch, state.batch, state.batches, speed_and_losses(state),
      duration(state.seconds));
}

}  // namespace wisp::apps
