#include <apps/mnist/train.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include <nlohmann/json.hpp>

#include <apps/common/judge_file.h>
#include <apps/common/outputs.h>
#include <apps/common/progress.h>
#include <apps/common/standard_streams.h>
#include <wisp/autograd/backward.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/diagnostics.h>
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

void check_options(const MnistTrainOptions& o) {
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

}  // namespace

void train_judge(const MnistTrainOptions& options) {
  check_options(options);
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
  const auto start = std::chrono::steady_clock::now();
  double epoch_loss = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    const Batch batch = stream.next();
    const Tensor images = random_affine(batch.images, affine, rng);
    optimizer.zero_grad();
    Tensor loss;
    {
      const Autocast autocast(options.bf16);
      loss = cross_entropy(judge(images).to(DType::f32), batch.labels);
      loss.backward();
    }
    optimizer.set_lr(options.lr * optim::lr_factor(schedule, step));
    optimizer.step();
    const std::int64_t in_epoch = step % batches + 1;
    epoch_loss = (in_epoch == 1 ? 0 : epoch_loss) + loss.item<float>();
    check(std::isfinite(epoch_loss), "train: the loss is {} at step {}; lower --lr, given {}", epoch_loss, step + 1,
          options.lr);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
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
  const Autocast autocast(options.bf16);
  if (test.note != dataset.note) print_note(test);
  const std::string text = to_text(measure(judge, test));
  if (is_standard_output(options.out))
    say("{}", text);
  else
    print_output("{}\n", text);
}

void test_judge(const MnistTestOptions& options) {
  LoadedJudge judge = load_judge(options.judge);
  constexpr std::size_t old_checksum_size = 8;  // judges of that time know labels as they are stored
  const ImageDataset dataset =
      load_labelled(options.data, Split::test, options.transpose, judge.data_checksum.size() > old_checksum_size);
  check(class_count(dataset) <= judge.classes, "test: {} has {} classes, the judge {} knows {}", options.data,
        class_count(dataset), options.judge, judge.classes);
  print_note(dataset);
  const Autocast autocast(options.bf16);
  const Accuracy accuracy = measure(judge.network, dataset);
  if (options.json)
    print_output(
        "{}\n",
        nlohmann::json{{"accuracy", accuracy.share()}, {"right", accuracy.right}, {"count", accuracy.images}}.dump());
  else
    print_output("{}\n", to_text(accuracy));
}

}  // namespace wisp::apps
