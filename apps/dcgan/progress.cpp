#include <apps/dcgan/progress.h>

#include <algorithm>
#include <cmath>

#include <fmt/core.h>
#include <unistd.h>

namespace wisp::apps {
namespace {

std::string losses(const ProgressState& state) {
  return fmt::format("{:.0f} images/s  D {:.3f} (real {:.2f} fake {:.2f})  G {:.3f}", state.images_per_second,
                     state.losses.d_loss_real + state.losses.d_loss_fake, state.losses.d_real, state.losses.d_fake,
                     state.losses.g_loss);
}

std::string bar(double fraction) {
  constexpr int width = 24;
  const int filled = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * width);
  return fmt::format("[{}{}]", std::string(static_cast<std::size_t>(filled), '#'),
                     std::string(static_cast<std::size_t>(width - filled), '.'));
}

}  // namespace

std::string duration(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
  const std::int64_t hours = total / 3600, minutes = total / 60 % 60, rest = total % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest) : fmt::format("{}:{:02}", minutes, rest);
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::update(const ProgressState& state) {
  if (quiet_ || !terminal_ || state.seconds < last_drawn_ + 0.1) return;
  last_drawn_ = state.seconds;
  const double left = state.done > 0 ? state.seconds * (1 - state.done) / state.done : 0;
  fmt::print(stderr, "\r\033[Kepoch {} {} {:3.0f}%  {}  {} left", state.epoch, bar(state.done), 100 * state.done,
             losses(state), duration(left));
  std::fflush(stderr);
}

void Progress::finish_epoch(const ProgressState& state) {
  if (quiet_) return;
  fmt::print(stderr, "{}epoch {}  {}/{} batches  {}  {} elapsed\n", terminal_ ? "\r\033[K" : "", state.epoch,
             state.batch, state.batches, losses(state), duration(state.seconds));
}

}  // namespace wisp::apps
