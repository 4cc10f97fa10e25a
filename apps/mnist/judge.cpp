#include <apps/mnist/commands.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <system_error>

#include <nlohmann/json.hpp>

#include <apps/common/compute_options.h>
#include <apps/common/judge_file.h>
#include <apps/common/outputs.h>
#include <apps/common/progress.h>
#include <apps/common/standard_streams.h>
#include <apps/common/stopwatch.h>
#include <wisp/autograd/backward.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/diagnostics.h>
#include <wisp/core/parallel.h>
#include <wisp/data/batch_stream.h>
#include <wisp/data/random_affine.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/reduction.h>
#include <wisp/optim/adam.h>
#include <wisp/optim/lr_schedule.h>

namespace wisp::apps {
namespace {

constexpr int size = static_cast<int>(models::Judge::image_size);

struct TrainOptions {
  std::string data = WISP_DEFAULT_DATA, out = "judge.safetensors";
  std::int64_t epochs = 6, batch = 128, seed = 1;
  double lr = 2e-3;
  int threads = num_threads();
  bool transpose = false, quiet = false;
  ComputeOptions compute = {};
};

struct TestOptions {
  std::string data = WISP_DEFAULT_DATA, judge = WISP_DEFAULT_JUDGE;
  bool transpose = false, json = false;
  ComputeOptions compute = {};
};

void check_options(const TrainOptions& o) {
  check(!o.data.empty() && !o.out.empty(),
        "train: --data and --out must name a folder and a file, given \"{}\" and \"{}\"", o.data, o.out);
  check(1 <= o.epochs && o.epochs <= 1'000'000, "train: --epochs must be between 1 and 10^6, given {}", o.epochs);
  check(2 <= o.batch && o.batch <= 1'000'000'000, "train: --batch must be between 2 and 10^9, given {}", o.batch);
  check(std::isfinite(o.lr) && o.lr >= 0, "train: --lr must be finite and at least 0, given {}", o.lr);
  check(o.seed >= 0, "train: --seed must be at least 0, given {}", o.seed);
  check_outputs("train", {{"--out", o.out}}, {{"--data", o.data}});
}

ImageDataset load_labelled(const std::string& folder, Split split, bool transpose, bool numbered = true) {
  ImageDataset dataset =
      numbered ? load_idx_classes(folder, split, transpose) : load_idx_folder(folder, split, transpose);
  check(dataset.labels.defined(), "{}: the images have no labels, which a judge learns from", folder);
  return dataset;
}

void print_note(const ImageDataset& dataset) {
  if (!dataset.note.empty()) say("{}", dataset.note);
}

struct Accuracy {
  std::int64_t right = 0;
  std::int64_t images = 0;
  double share() const { return static_cast<double>(right) / static_cast<double>(images); }
};

Accuracy measure(models::Judge& judge, const ImageDataset& dataset) {
  const NoGrad guard;
  DataLoader loader(dataset, {.batch_size = std::min<std::int64_t>(dataset.images.dim(0), 500), .image_size = size});
  Accuracy accuracy;
  for (const Batch& batch : loader.epoch(0)) {
    const auto guesses = argmax(judge(batch.images), 1).values<std::int64_t>();
    const auto labels = batch.labels.values<std::int64_t>();
    for (std::size_t i = 0; i < labels.size(); ++i) accuracy.right += guesses[i] == labels[i];
    accuracy.images += static_cast<std::int64_t>(labels.size());
  }
  return accuracy;
}

std::string to_text(const Accuracy& accuracy) {
  return fmt::format("{:.2f} % of the {} test images are read right", 100 * accuracy.share(), accuracy.images);
}

// Trains a judge on images whose labels load_idx_classes numbers; Adam's learning rate falls to 0 along a cosine.
void train_judge(const TrainOptions& options) {
  check_options(options);
  const bool bf16 = apply_compute_options(options.compute);
  set_num_threads(options.threads);
  const ImageDataset dataset = load_labelled(options.data, Split::train, options.transpose);
  const ImageDataset test = load_labelled(options.data, Split::test, options.transpose);
  const std::string data_checksum = checksum(dataset);
  DataLoader loader(dataset, {.batch_size = options.batch,
                              .shuffle = true,
                              .drop_last = true,
                              .image_size = size,
                              .seed = static_cast<std::uint64_t>(options.seed)});
  Rng rng(static_cast<std::uint64_t>(options.seed));
  models::Judge judge(std::max<std::int64_t>({class_count(dataset), class_count(test), 2}), rng);
  optim::Adam optimizer(judge.parameters(), {.lr = options.lr});
  const std::int64_t batches = loader.size(), steps = options.epochs * batches;
  const optim::LRScheduleOptions schedule{optim::LRSchedule::cosine, 0, steps};
  const RandomAffineOptions affine{.degrees = 10, .translate = 0.08, .scale = {0.9, 1.1}};

  print_note(dataset);
  Progress progress(options.quiet);
  BatchStream stream(loader);
  const Stopwatch clock;
  double epoch_loss = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    const Batch batch = stream.next();
    const Tensor images = random_affine(batch.images, affine, rng);
    optimizer.zero_grad();
    Tensor loss;
    {
      const Autocast autocast(bf16);
      loss = cross_entropy(judge(images).to(DType::f32), batch.labels);
      loss.backward();
    }
    optimizer.set_lr(options.lr * optim::lr_factor(schedule, step));
    optimizer.step();
    const std::int64_t in_epoch = step % batches + 1;
    epoch_loss = (in_epoch == 1 ? 0 : epoch_loss) + loss.item<float>();
    check(std::isfinite(epoch_loss), "train: the loss is {} at step {}; lower --lr, given {}", epoch_loss, step + 1,
          options.lr);
    const double seconds = clock.seconds();
    const ProgressState state{step / batches + 1,
                              in_epoch,
                              batches,
                              static_cast<double>(step + 1) / static_cast<double>(steps),
                              seconds,
                              static_cast<double>((step + 1) * options.batch) / seconds,
                              fmt::format("loss {:.4f}", epoch_loss / static_cast<double>(in_epoch))};
    progress.update(state);
    if (in_epoch == batches) progress.finish_epoch(state);
  }
  judge.eval();
  save_judge(options.out, judge, data_checksum);
  const Autocast autocast(bf16);
  if (test.note != dataset.note) print_note(test);
  const std::string text = to_text(measure(judge, test));
  if (is_standard_output(options.out))
    say("{}", text);
  else
    print_output("{}\n", text);
}

void test_judge(const TestOptions& options) {
  const bool bf16 = apply_compute_options(options.compute);
  LoadedJudge judge = load_judge(options.judge);
  constexpr std::size_t old_checksum_size = 8;  // judges of that time know labels as they are stored
  const ImageDataset dataset =
      load_labelled(options.data, Split::test, options.transpose, judge.data_checksum.size() > old_checksum_size);
  check(class_count(dataset) <= judge.classes, "test: {} has {} classes, the judge {} knows {}", options.data,
        class_count(dataset), options.judge, judge.classes);
  print_note(dataset);
  const Autocast autocast(bf16);
  const Accuracy accuracy = measure(judge.network, dataset);
  if (options.json)
    print_output(
        "{}\n",
        nlohmann::json{{"accuracy", accuracy.share()}, {"right", accuracy.right}, {"count", accuracy.images}}.dump());
  else
    print_output("{}\n", to_text(accuracy));
}

void add_images(CLI::App& command, std::string& data, bool& transpose, ComputeOptions& compute) {
  command.add_option("--data", data, "Folder of IDX files, gzipped or not")->capture_default_str();
  command.add_flag("--transpose", transpose, "Exchange rows and columns of IDX files' images: for EMNIST");
  add_compute_options(command, compute);
}

}  // namespace

void add_train(CLI::App& app) {
  const auto options = std::make_shared<TrainOptions>();
  TrainOptions& o = *options;
  CLI::App* command = app.add_subcommand("train", "Train a judge on a folder of labelled images");
  add_images(*command, o.data, o.transpose, o.compute);
  const CLI::Option* out =
      command->add_option("--out", o.out, "File for the judge; one that is there is replaced when it is named")
          ->capture_default_str();
  command->add_option("--epochs", o.epochs, "Times that every image is seen")->capture_default_str();
  command->add_option("--batch", o.batch, "Images per step")->capture_default_str();
  command->add_option("--lr", o.lr, "Adam's learning rate at the start")->capture_default_str();
  command->add_option("--seed", o.seed, "Seed of weights, order and distortions")->capture_default_str();
  command->add_option("--threads", o.threads, "Number of threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->add_flag("--quiet", o.quiet, "No progress on stderr");
  command->callback([options, out] {
    std::error_code ignored;
    check(out->count() > 0 || !std::filesystem::exists(options->out, ignored),
          "train: {} is there already: --out {} replaces it, another --out keeps it", options->out, options->out);
    train_judge(*options);
  });
}

void add_test(CLI::App& app) {
  const auto options = std::make_shared<TestOptions>();
  CLI::App* command = app.add_subcommand("test", "Print how many of the test images a judge reads right");
  add_images(*command, options->data, options->transpose, options->compute);
  command->add_option("--judge", options->judge, "File that `mnist train` wrote")->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] { test_judge(*options); });
}

}  // namespace wisp::apps
