#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include <apps/common/compute_options.h>
#include <apps/common/output_folder.h>
#include <apps/common/standard_streams.h>
#include <apps/tconv/autoencode/page.h>
#include <apps/tconv/autoencode/training.h>
#include <apps/tconv/commands.h>
#include <wisp/core/parallel.h>
#include <wisp/data/dataset.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

struct Options {
  std::string data = WISP_DEFAULT_DATA;
  bool transpose = false;
  std::string out;
  std::int64_t batch = 64;
  std::int64_t seed = 1;
  int threads = num_threads();
  AutoencodeTrainingOptions training;
};

void check_options(const Options& o) {
  const std::int64_t steps = o.training.steps.value_or(1);
  const double minutes = o.training.minutes.value_or(1);
  check(!o.data.empty() && !o.out.empty(), "--data and --out must name folders, given \"{}\" and \"{}\"", o.data,
        o.out);
  check(1 <= steps && steps <= 1'000'000'000, "--steps must be between 1 and 10^9, given {}", steps);
  check(std::isfinite(minutes) && minutes > 0, "--minutes must be finite and above 0, given {}", minutes);
  check(1 <= o.batch && o.batch <= 1'000'000'000, "--batch must be between 1 and 10^9, given {}", o.batch);
  check(std::isfinite(o.training.lr) && o.training.lr >= 0, "--lr must be finite and at least 0, given {}",
        o.training.lr);
  check(o.seed >= 0, "--seed must be at least 0, given {}", o.seed);
}

ImageDataset load(const std::string& folder, Split split, bool transpose) {
  ImageDataset dataset = load_idx_folder(folder, split, transpose);
  const Tensor& images = dataset.images;
  check(images.dim(1) == 1 && images.dim(2) == 28 && images.dim(3) == 28,
        "--data must hold grey images of 28 x 28 pixels, those in {} have {} channel(s) and {} x {}", folder,
        images.dim(1), images.dim(2), images.dim(3));
  return dataset;
}

// f32 (K, 1, 28, 28) in [0, 1]: the first image of each of the ten classes, in order, where all of them are there; else
// the first images, ten at most.
Tensor choose(const ImageDataset& dataset) {
  constexpr std::int64_t most = 10;
  std::vector<std::int64_t> chosen(most, -1);
  if (dataset.labels.defined()) {
    const std::vector<std::uint8_t> labels = dataset.labels.values<std::uint8_t>();
    for (std::size_t i = labels.size(); i-- > 0;)
      if (labels[i] < most) chosen[labels[i]] = static_cast<std::int64_t>(i);
  }
  if (std::find(chosen.begin(), chosen.end(), -1) != chosen.end()) {
    chosen.resize(static_cast<std::size_t>(std::min(most, dataset.images.dim(0))));
    std::iota(chosen.begin(), chosen.end(), 0);
  }
  Tensors pictures;
  for (const std::int64_t i : chosen) pictures.push_back(dataset.images.narrow(0, i, 1).to(DType::f32));
  return cat(pictures) / 255.0;
}

void autoencode(const Options& o) {
  check_options(o);
  const ImageDataset train = load(o.data, Split::train, o.transpose), test = load(o.data, Split::test, o.transpose);
  const auto seed = static_cast<std::uint64_t>(o.seed);
  DataLoader train_loader(train, {.batch_size = o.batch, .shuffle = true, .drop_last = true, .seed = seed});
  DataLoader test_loader(test, {.batch_size = std::min<std::int64_t>(test.images.dim(0), 500)});
  const Tensor pictures = choose(test);
  Rng rng(seed);
  nn::Sequential model = models::autoencoder({}, rng);
  const std::vector<std::string> files = autoencode_files(model, pictures.dim(0));
  const OutputFolder folder("autoencode", o.out, files, {{"--data", o.data}});

  const std::vector<double> losses = train_autoencoder(model, train_loader, o.training);
  const RestorationErrors errors = restoration_errors(model, mean_image(train.images), test_loader);
  check(std::isfinite(errors.network),
        "autoencode: the error of the test pictures is not finite after step {}; lower --lr, given {}", losses.size(),
        o.training.lr);
  write_autoencode_page(o.out, {model, losses, o.batch, train.images.dim(0), test.images.dim(0), errors, pictures});

  print_output("mean squared error per pixel of {} test pictures, after {} steps\n", test.images.dim(0), losses.size());
  print_output("  restored by the network              {:.5f}\n", errors.network);
  print_output("  7 x 7 averages enlarged bilinearly   {:.5f}\n", errors.bilinear);
  print_output("  the mean training picture            {:.5f}\n", errors.mean_image);
  print_output("{}/index.html\n", o.out);
}

}  // namespace

void add_autoencode(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("autoencode", "Learn to restore pictures, and show what every layer makes of one");
  const auto o = std::make_shared<Options>();
  command->add_option("--out", o->out, "Folder for the page and its pictures")->required();
  command->add_option("--data", o->data, "Folder of IDX files, gzipped or not")->capture_default_str();
  command->add_flag("--transpose", o->transpose, "Exchange rows and columns of IDX files' images: for EMNIST");
  command->add_option("--minutes", o->training.minutes, "Train for M minutes (1 when --steps is not given either)");
  command->add_option("--steps", o->training.steps, "Train for N steps; with --minutes, for what ends first");
  command->add_option("--batch", o->batch, "Pictures per step")->capture_default_str();
  command->add_option("--lr", o->training.lr, "Learning rate of Adam")->capture_default_str();
  command->add_option("--seed", o->seed, "Seed of weights and order")->capture_default_str();
  command->add_option("--threads", o->threads, "Number of threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->add_flag("--quiet", o->training.quiet, "No progress on stderr");
  command->callback([o] {
    check_compute_environment();
    set_num_threads(o->threads);
    if (!o->training.steps && !o->training.minutes) o->training.minutes = 1;
    autoencode(*o);
  });
}

}  // namespace wisp::apps
