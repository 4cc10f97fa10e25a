#include <apps/dcgan/train.h>

#include <chrono>
#include <cmath>
#include <csignal>

#include <apps/common/machine.h>
#include <apps/common/progress.h>
#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/gan_step.h>
#include <apps/dcgan/run_folder.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/parallel.h>
#include <wisp/core/version.h>
#include <wisp/data/batch_stream.h>
#include <wisp/data/dataset.h>
#include <wisp/kernels/backend.h>
#include <wisp/ops/autocast.h>
#include <wisp/optim/adam.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t log_every = 10;     // steps
constexpr std::int64_t sample_count = 64;  // an 8 x 8 grid

volatile std::sig_atomic_t received_signal = 0;

void on_signal(int signal) {
  received_signal = signal;
  std::signal(signal, SIG_DFL);  // a second one ends the program at once
}

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void check_training(const TrainOptions& o) {
  const int limits = o.epochs.has_value() + o.steps.has_value() + o.minutes.has_value();
  check(limits <= 1, "train: give one of --epochs, --steps and --minutes, not {}", limits);
  check(!o.data.empty() && !o.out.empty(), "train: --data and --out must name folders, given \"{}\" and \"{}\"", o.data,
        o.out);
  const auto check_count = [](const char* name, std::int64_t value) {
    check(1 <= value && value <= 1'000'000'000, "train: {} must be between 1 and 10^9, given {}", name, value);
  };
  check_count("--epochs", o.epochs.value_or(1));
  check_count("--steps", o.steps.value_or(1));
  check_count("--batch", o.batch);
  check_count("--sample-every", o.sample_every);
  check(o.seed >= 0, "train: --seed must be at least 0, given {}", o.seed);
  check(std::isfinite(o.minutes.value_or(1)) && o.minutes.value_or(1) > 0,
        "train: --minutes must be finite and above 0, given {}", o.minutes.value_or(1));
  check(std::isfinite(o.lr) && o.lr >= 0, "train: --lr must be finite and at least 0, given {}", o.lr);
  check(0 <= o.beta1 && o.beta1 < 1, "train: --beta1 must be in [0, 1), given {}", o.beta1);
}

nlohmann::json to_json(const TrainOptions& o) {
  const auto optional = [](const auto& value) { return value ? nlohmann::json(*value) : nlohmann::json(nullptr); };
  return {{"version", version()},
          {"cpu", cpu_name()},
          {"threads", num_threads()},
          {"data", o.data},
          {"out", o.out},
          {"epochs", optional(o.epochs)},
          {"steps", optional(o.steps)},
          {"minutes", optional(o.minutes)},
          {"batch", o.batch},
          {"lr", o.lr},
          {"beta1", o.beta1},
          {"latent", o.model.latent},
          {"base_channels", o.model.base_channels},
          {"image_size", o.model.image_size},
          {"channels", o.model.channels},
          {"seed", o.seed},
          {"sample_every", o.sample_every},
          {"precision", o.bf16 ? "bf16" : "f32"},
          {"backend", name_of(backend())},
          {"quiet", o.quiet}};
}

std::string losses_text(const GanStepResult& losses) {
  return fmt::format("D {:.3f}  G {:.3f}", losses.d_loss_real + losses.d_loss_fake, losses.g_loss);
}

// Steps, epochs and time: when training ends, and how far it has come.
class Plan {
 public:
  Plan(const TrainOptions& options, std::int64_t batches)
      : steps_(options.steps.value_or(options.epochs.value_or(0) * batches)),
        seconds_(60 * options.minutes.value_or(0)) {}

  double done(std::int64_t step, double seconds) const {
    return steps_ > 0 ? static_cast<double>(step) / static_cast<double>(steps_) : seconds / seconds_;
  }

 private:
  std::int64_t steps_;  // 0: by time
  double seconds_;
};

class Training {
 public:
  Training(const TrainOptions& options, DataLoader& loader)
      : options_(options),
        loader_(loader),
        init_rng_(static_cast<std::uint64_t>(options.seed)),
        noise_rng_(init_rng_.seed() ^ 0x6e6f697365),  // another stream than the weights'
        generator_(models::dcgan_generator(options.model, init_rng_)),
        discriminator_(models::dcgan_discriminator(options.model, init_rng_)),
        generator_optimizer_(generator_.parameters(), {.lr = options.lr, .betas = {options.beta1, 0.999}}),
        discriminator_optimizer_(discriminator_.parameters(), {.lr = options.lr, .betas = {options.beta1, 0.999}}) {
    models::dcgan_init(generator_, init_rng_);
    models::dcgan_init(discriminator_, init_rng_);
    fixed_noise_ = noise(sample_count);
  }

  void run(RunFolder& folder) {
    const Plan plan(options_, loader_.size());
    Progress progress(options_.quiet);
    const Stopwatch clock;
    const Autocast autocast(options_.bf16);
    BatchStream batches(loader_);
    const Gan gan{generator_, discriminator_, generator_optimizer_, discriminator_optimizer_};
    double logged_seconds = 0;
    std::int64_t step = 0, logged_step = 0;
    for (std::int64_t epoch = 1;; ++epoch)
      for (std::int64_t batch = 1; batch <= loader_.size(); ++batch) {
        const GanStepResult result = gan_step(gan, batches.next().images, noise(options_.batch), noise_rng_);
        ++step;
        const double seconds = clock.seconds(), done = plan.done(step, seconds);
        const bool last = done >= 1 || received_signal != 0, epoch_ends = batch == loader_.size();
        const double rate = static_cast<double>((step - logged_step) * options_.batch) / (seconds - logged_seconds);
        const ProgressState state{epoch, batch, loader_.size(), done, seconds, rate, losses_text(result)};
        if (step % log_every == 0 || epoch_ends || last) {
          folder.log({step, epoch, step * options_.batch, seconds, result, rate});
          logged_step = step;
          logged_seconds = seconds;
        }
        progress.update(state);
        if (epoch_ends || last) {
          if (last || epoch % options_.sample_every == 0) folder.write_samples(epoch, samples());
          save_checkpoint(folder.checkpoint_path(), options_.model, generator_, discriminator_);
          progress.finish_epoch(state);
        }
        if (last) return;
      }
  }

 private:
  Tensor noise(std::int64_t count) { return Tensor::randn({count, options_.model.latent, 1, 1}, noise_rng_); }

  Tensor samples() {
    const NoGrad guard;
    generator_.eval();
    const Tensor images = generator_(fixed_noise_);
    generator_.train();
    return images;
  }

  const TrainOptions& options_;
  DataLoader& loader_;
  Rng init_rng_;
  Rng noise_rng_;
  nn::Sequential generator_;
  nn::Sequential discriminator_;
  optim::Adam generator_optimizer_;
  optim::Adam discriminator_optimizer_;
  Tensor fixed_noise_;
};

}  // namespace

int train(TrainOptions options) {
  check_training(options);
  if (!options.epochs && !options.steps && !options.minutes) options.epochs = 5;
  ImageDataset dataset = load_idx_folder(options.data, Split::train);
  options.model.channels = dataset.images.dim(1);
  DataLoader loader(std::move(dataset), {.batch_size = options.batch,
                                         .shuffle = true,
                                         .drop_last = true,
                                         .image_size = static_cast<int>(options.model.image_size),
                                         .seed = static_cast<std::uint64_t>(options.seed)});
  Training training(options, loader);
  RunFolder folder(options.out, to_json(options));
  received_signal = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  training.run(folder);
  if (!options.quiet)
    fmt::print(stderr, "{}: samples and checkpoint are in {}\n", received_signal ? "stopped" : "done", options.out);
  return received_signal ? 128 + received_signal : 0;
}

}  // namespace wisp::apps
