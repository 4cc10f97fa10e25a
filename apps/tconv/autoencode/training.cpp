#include <apps/tconv/autoencode/training.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include <apps/common/progress.h>
#include <wisp/autograd/backward.h>
#include <wisp/nn/scoped_mode.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/loss.h>
#include <wisp/optim/adam.h>

namespace wisp::apps {

Tensor unit_range(const Tensor& images) { return (images + 1.0) / 2.0; }

std::vector<double> train_autoencoder(nn::Module& network, DataLoader& loader,
                                      const AutoencodeTrainingOptions& options) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  optim::Adam adam(network.parameters(), {.lr = options.lr});
  Progress progress(options.quiet);
  std::vector<double> losses;
  const nn::ScopedMode training(network, true);
  for (std::int64_t epoch = 1;; ++epoch)
    for (std::int64_t batch = 1; batch <= loader.size(); ++batch) {
      const Tensor images = unit_range(loader.batch(epoch - 1, batch - 1).images);
      adam.zero_grad();
      // The loss is the very error that is reported, and 0 exactly when the picture is restored.
      const Tensor loss = mse_loss(network(images), images);
      loss.backward();
      adam.step();
      losses.push_back(loss.item<float>());

      const double step = static_cast<double>(losses.size());
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      check(std::isfinite(losses.back()), "autoencode: the loss is not finite at step {}; lower --lr, given {}", step,
            options.lr);
      const double done = std::max(options.steps ? step / static_cast<double>(*options.steps) : 0,
                                   options.minutes ? seconds / (60 * *options.minutes) : 0);
      const double rate = step * static_cast<double>(loader.options().batch_size) / seconds;
      const ProgressState state{
          epoch, batch, loader.size(), done, seconds, rate, fmt::format("error {:.4f}", losses.back())};
      progress.update(state);
      if (done >= 1 || batch == loader.size()) progress.finish_epoch(state);
      if (done >= 1) return losses;
    }
}

}  // namespace wisp::apps
