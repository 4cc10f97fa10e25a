#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include <apps/common/compute_options.h>
#include <apps/common/standard_streams.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/evaluate/figures.h>
#include <apps/dcgan/network_file.h>
#include <models/class_labels.h>
#include <wisp/core/diagnostics.h>
#include <wisp/core/text.h>
#include <wisp/data/idx.h>
#include <wisp/metrics/classifier_scores.h>
#include <wisp/metrics/precision_recall.h>
#include <wisp/ops/autocast.h>

namespace wisp::apps {
namespace {

struct Options {
  std::string checkpoint, samples, data, judge, split = "test";
  std::int64_t count = 10'000, seed = 1;
  bool transpose = false, raw = false, json = false;
  ComputeOptions compute = {};
};

void check_options(const Options& o) {
  constexpr std::int64_t most_images = 100'000;
  check(o.checkpoint.empty() != o.samples.empty(), "evaluate: give one of --checkpoint and --samples");
  check(2 <= o.count && o.count <= most_images, "evaluate: --count must be between 2 and {}, given {}", most_images,
        o.count);
  check(o.seed >= 0, "evaluate: --seed must be at least 0, given {}", o.seed);
}

// u8 (N, 1, H, W) out of an IDX file of N x H x W or N x 1 x H x W.
Tensor read_samples(const std::string& path, std::int64_t most) {
  Tensor images = read_idx(path);
  if (images.rank() != 3 && images.rank() != 4)
    throw IoError(path, 3, fmt::format("{} dimension(s), expected 3: images, rows, columns", images.rank()));
  if (images.numel() == 0) throw IoError(path, 4, fmt::format("dimensions {} hold no pixels", images.shape()));
  if (images.rank() == 3) images = images.reshape({images.dim(0), 1, images.dim(1), images.dim(2)});
  return images.narrow(0, 0, std::min(images.dim(0), most));
}

struct Samples {
  Tensor images;
  std::int64_t classes = 0;  // drawn in turns; 0: without labels
};

Samples draw_samples(const Options& o) {
  const Autocast autocast(apply_compute_options(o.compute));  // the judge always computes in f32
  LoadedNetwork generator = load_generator(o.checkpoint, o.raw);
  check_readable(generator.options, o.checkpoint);
  return {draw(generator.network, generator.options, o.count, static_cast<std::uint64_t>(o.seed)),
          generator.options.classes};
}

// The share of images that the judge takes for what was asked for; nothing where nothing was.
std::optional<double> label_accuracy(const Samples& samples, const JudgedImages& judged) {
  if (samples.classes == 0) return std::nullopt;
  return metrics::label_accuracy(judged.probabilities, models::classes_in_turn(judged.count(), samples.classes));
}

struct Report {
  std::int64_t count;
  Figures figures;
  Floor floor;
  double memorisation;
  std::int64_t classes;
  std::optional<double> label_accuracy;
};

nlohmann::ordered_json to_json(const Report& r) {
  nlohmann::ordered_json json = {{"count", r.count}};
  visit_figures(r.figures, [&](const char* name, double figure) { json[name] = figure; });
  json["fid_floor"] = r.floor.fid.mean;
  json["fid_floor_sd"] = r.floor.fid.sd;
  json["is_ceiling"] = r.classes;
  json["memorisation"] = r.memorisation;
  if (r.label_accuracy) json["label_accuracy"] = *r.label_accuracy;
  return json;
}

// "1,000 14.2, 2,000 7.9": what the floor is at smaller counts.
std::string bias_text(const Reference& reference, std::int64_t count) {
  std::string text;
  for (const std::int64_t n : {500, 1000, 2000, 5000, 10000})
    if (n < count && 5 * n <= reference.training.count())
      text += fmt::format("{}{:.2f} of {}", text.empty() ? "" : ", ", floor_of(reference, n).fid.mean, n);
  return text.empty() ? "" : "; with fewer images it is " + text;
}

void print_text(const Report& r, const Reference& reference, const Options& o) {
  const Figures& f = r.figures;
  const auto line = [](const char* name, double value, const std::string& text) {
    print_output("{:<13}{:>9.4g}   {}\n", name, value, text);
  };
  print_output("{} images of {} against the {} {} images of {}\n\n", r.count,
               printable(o.samples.empty() ? o.checkpoint : o.samples), reference.real.count(), o.split,
               printable(o.data));
  line("FID", f.fid,
       fmt::format("floor {:.2f} +- {:.2f}: training images in their place{}", r.floor.fid.mean, r.floor.fid.sd,
                   bias_text(reference, r.count)));
  line("KID", f.kid, "0 is to be expected of real images");
  line("IS", f.is,
       fmt::format("{:.2f} for the real images, at most {}", metrics::inception_score(reference.real.probabilities),
                   r.classes));
  line("digit KL", f.digit_kl, fmt::format("floor {:.2g} +- {:.2g}", r.floor.digit_kl.mean, r.floor.digit_kl.sd));
  line("precision", f.precision, "share of the images that look real");
  line("recall", f.recall, "share of the real images that could have been drawn");
  line("density", f.density, "1 is to be expected of real images");
  line("coverage", f.coverage,
       fmt::format("{:.3f} is to be expected of real images", metrics::coverage_ceiling(neighbours)));
  line("confident", f.confident,
       fmt::format("{:.3f} of the real images", metrics::confident_share(reference.real.probabilities)));
  line("memorisation", r.memorisation, "share nearer to a training image than 99 % of the real images; 1 means copies");
  line("checkerboard", f.checkerboard, "energy at periods of 2 and 4 pixels over that of the real images");
  if (r.label_accuracy) line("right label", *r.label_accuracy, "share of the images that look like what was asked for");
  constexpr double too_many_copies = 0.1;  // ten times what is to be expected
  if (r.memorisation > too_many_copies)
    print_output("\nalarm: {:.0f} % of the images are copies of training images, or nearly so\n", 100 * r.memorisation);
}

void evaluate(const Options& options) {
  check_options(options);
  const ReferenceSplit split = reference_split_of(options.split);
  LoadedJudge judge = load_judge(options.judge);
  const bool drawn = options.samples.empty();
  const Samples samples = drawn ? draw_samples(options) : Samples{read_samples(options.samples, options.count)};
  const JudgedImages generated = judge_images(judge, samples.images, drawn ? options.checkpoint : options.samples);
  check(generated.count() >= 2, "{}: at least 2 images are needed to judge them, there is 1", options.samples);
  const Reference reference = load_reference(judge, options.data, split, CacheMiss::compute, options.transpose);
  for (const std::string& note : reference.notes) say("{}", note);
  const Report report{generated.count(),
                      figures_of(reference.real, generated),
                      floor_of(reference, generated.count()),
                      memorisation(reference, generated),
                      judge.classes,
                      label_accuracy(samples, generated)};
  if (options.json)
    print_output("{}\n", to_json(report).dump());
  else
    print_text(report, reference, options);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand("evaluate", "Say in numbers how good a generator's images are");
  CLI::Option* checkpoint = command->add_option(
      "--checkpoint", o.checkpoint, "checkpoint.safetensors of a run, or a generator's state dict from PyTorch");
  command->add_option("--samples", o.samples, "IDX file of images, gzipped or not")->excludes(checkpoint);
  add_images(*command, o.data, o.transpose, "Folder of the real images");
  o.judge = WISP_DEFAULT_JUDGE;
  command->add_option("--judge", o.judge, "Judge for these, from `mnist train`")->capture_default_str();
  command->add_option("--split", o.split, "Compare with the test images, or with the last training ones: validation")
      ->capture_default_str();
  command->add_option("--count", o.count, "Number of images")->capture_default_str();
  command->add_option("--seed", o.seed, "Seed of the noise")->capture_default_str();
  command->add_flag("--raw", o.raw, "Take the generator as it was trained, not the averaged one");
  command->add_flag("--json", o.json, "Print JSON");
  add_compute_options(*command, o.compute);
  command->callback([options] { evaluate(*options); });
}

}  // namespace wisp::apps
