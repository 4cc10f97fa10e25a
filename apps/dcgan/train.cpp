#include <apps/dcgan/train.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>

#include <apps/common/images.h>
#include <apps/common/progress.h>
#include <apps/dcgan/evaluate/evaluator.h>
#include <apps/dcgan/preview.h>
#include <apps/dcgan/report/report.h>
#include <apps/dcgan/run_folder.h>
#include <apps/dcgan/train_options.h>
#include <apps/dcgan/training.h>
#include <apps/dcgan/watch.h>
#include <wisp/core/allocator.h>
#include <wisp/core/diagnostics.h>
#include <wisp/data/batch_stream.h>

namespace wisp::apps {
namespace {

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

// Steps that fit into the time, by timing some on networks that are then thrown away.
std::int64_t steps_within(double seconds, Recipe recipe, DataLoader& loader) {
  constexpr std::int64_t warm_up = 3, most = 400;
  const Stopwatch all;
  recipe.steps = warm_up + most;
  recipe.warmup = 0;
  Training trial(recipe);
  const Batch images = loader.batch(0, 0);
  for (std::int64_t i = 0; i < warm_up; ++i) trial.step(images, true);
  const Stopwatch clock;
  std::int64_t steps = 0;
  while (++steps < most && all.seconds() < seconds / 50) trial.step(images, false);
  trial.step(images, false);
  const double rate = static_cast<double>(steps) / clock.seconds();
  return std::llround(std::clamp(rate * (seconds - all.seconds()), 1.0, 1e9));
}

// The number of classes to train with.
std::int64_t classes_of(const ImageDataset& dataset, const std::string& data) {
  check(dataset.labels.defined(), "train: --conditional needs labels, there are none in {}", data);
  const std::int64_t classes = class_count(dataset);
  check(classes >= 2, "train: --conditional needs images of at least 2 classes, those in {} are all of class 0", data);
  constexpr std::int64_t most = 256;  // that the networks take
  check(classes <= most, "train: --conditional takes up to {} classes, there are {} in {}", most, classes, data);
  for (const std::int64_t empty : empty_classes(dataset))
    fail("train: --conditional needs images of every class, in {} there are none of class {}{}", data, empty,
         dataset.class_names.empty() ? "" : fmt::format(" ({})", dataset.class_names[static_cast<std::size_t>(empty)]));
  return classes;
}

// Of what the result depends on: with labels only where these are trained with.
std::string checksum_for(const ImageDataset& dataset, bool conditional) {
  return conditional ? checksum(dataset) : checksum(ImageDataset{.images = dataset.images});
}

std::int64_t planned_steps(const TrainOptions& o, DataLoader& loader, std::int64_t done, bool evaluates) {
  constexpr double share_of_steps = 0.95;  // of the time, evaluations take the rest
  if (o.steps) return *o.steps;
  if (o.minutes) return done + steps_within(60 * *o.minutes * (evaluates ? share_of_steps : 1), o.recipe, loader);
  if (o.epochs) return *o.epochs * loader.size();
  return o.recipe.steps > 0 ? o.recipe.steps : 5 * loader.size();
}

std::string losses_text(const GanStepResult& losses) {
  return fmt::format("D {:.3f}  G {:.3f}", losses.d_loss_real + losses.d_loss_fake, losses.g_loss);
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr GanMeasures not_measured{nan, nan, nan, nan, nan, nan};

class Run {
 public:
  Run(const TrainOptions& options, RunFolder& folder, DataLoader& loader, Training& training,
      std::optional<Evaluator>& evaluator, const std::vector<LogRow>& log)
      : options_(options),
        folder_(folder),
        loader_(loader),
        training_(training),
        evaluator_(evaluator),
        every_(checkpoint_interval(options.checkpoint_every)),
        progress_(options.quiet),
        preview_(options.preview == "auto" && !options.quiet),
        seconds_before_(log.empty() ? 0 : log.back().seconds) {
    for (const LogRow& row : log) watch_.observe(row);
  }

  // Trains to the end; the exit code.
  int train() {
    const std::int64_t batches = loader_.size(), steps = options_.recipe.steps, first = training_.steps_done();
    BatchStream stream(loader_, first / batches, first % batches);
    double logged_seconds = 0, saved_seconds = 0;
    std::int64_t logged_step = first;
    for (std::int64_t step = first + 1; step <= steps; ++step) {
      const std::int64_t epoch = (step - 1) / batches + 1;
      const bool epoch_ends = step % batches == 0, ends = step == steps;
      const bool evaluates = evaluator_ && (step % options_.evaluate_every == 0 || ends);
      const bool logs = step % log_every == 0 || epoch_ends || ends || evaluates;
      const GanStepResult result = training_.step(stream.next(), logs);
      const double seconds = clock_.seconds();
      const double rate =
          static_cast<double>((step - logged_step) * options_.recipe.batch) / (seconds - logged_seconds);
      LogRow row{step, epoch, step * options_.recipe.batch, seconds_before_ + seconds, result, rate, {}};
      if (!raise(not_finite_alarm(step, result), true)) {
        if (!logs) row.result.measures = not_measured;
        folder_.log(row);
        return 1;
      }
      bool stops = received_signal != 0, satisfied = false;
      if (logs) {
        if (evaluates) row.figures = evaluate(step);
        satisfied = row.figures && row.figures->fid <= options_.until_fid;
        folder_.log(row);
        for (const std::string& alarm : watch_.observe(row)) stops |= !raise(alarm, options_.on_alarm == "stop");
        logged_step = step;
        logged_seconds = clock_.seconds();
      }
      const auto fraction = [&](std::int64_t n) { return static_cast<double>(n) / static_cast<double>(steps); };
      const ProgressState state{epoch, (step - 1) % batches + 1, batches,        fraction(step), seconds,
                                rate,  losses_text(result),      fraction(first)};
      progress_.update(state);
      const bool last = ends || stops || satisfied;
      if (last || (epoch_ends && epoch % options_.sample_every == 0)) write_samples(epoch);
      if (last || is_due(step, epoch_ends, seconds - saved_seconds)) {
        if (!save(step)) return 1;
        saved_seconds = seconds;
      }
      if (last || epoch_ends) progress_.finish_epoch(state);
      if (satisfied) return 0;
      if (stops) return received_signal != 0 ? 128 + received_signal : 1;
    }
    return 0;
  }

 private:
  bool is_due(std::int64_t step, bool epoch_ends, double seconds) const {
    if (every_.steps > 0) return step % every_.steps == 0;
    return every_.seconds > 0 ? seconds >= every_.seconds : epoch_ends;
  }

  void write_samples(std::int64_t epoch) {
    const Tensor images = training_.samples();
    folder_.write_samples(epoch, images, training_.sample_columns());
    progress_.clear();
    preview_.show(images, training_.sample_columns());
  }

  Figures evaluate(std::int64_t step) {
    const Figures figures = (*evaluator_)(training_.draw_images(Evaluator::count, Evaluator::seed));
    progress_.clear();
    if (!options_.quiet)
      say("step {}  FID {:.2f}  precision {:.3f}  coverage {:.3f}", step, figures.fid, figures.precision,
          figures.coverage);
    return figures;
  }

  // False when the networks are past saving: the last checkpoint stays.
  bool save(std::int64_t step) {
    const Checkpoint checkpoint = training_.checkpoint();
    if (!is_finite(checkpoint))
      return raise(fmt::format("step {}: a weight is not finite; lower --lr-d and --lr-g", step), true);
    folder_.write_checkpoint(checkpoint, options_.keep);
    return true;
  }

  // Prints the alarm, if there is one; whether training goes on.
  bool raise(const std::string& alarm, bool stop) {
    if (alarm.empty()) return true;
    progress_.clear();
    say("alarm: {}{}", alarm, stop ? "; training stops" : "");
    return !stop;
  }

  const TrainOptions& options_;
  RunFolder& folder_;
  DataLoader& loader_;
  Training& training_;
  std::optional<Evaluator>& evaluator_;
  CheckpointInterval every_;
  Progress progress_;
  Preview preview_;
  Watch watch_;
  double seconds_before_;
  Stopwatch clock_;
};

// The judge, unless no figures are wanted, or there is none for these images and nobody asked for one; `note` then says
// why.
std::optional<Evaluator> make_evaluator(const TrainOptions& o, const std::string& data_checksum, std::string& note) {
  if (o.evaluate_every == 0) return std::nullopt;
  try {
    return Evaluator(o.judge_path, o.data_path, data_checksum, o.recipe.model(), o.recipe.transpose);
  } catch (const std::exception& error) {
    check(o.judge_checksum.empty(), "train: {} began with the judge's figures, --evaluate-every 0 goes on without: {}",
          o.resume, error.what());
    for (const char* name : {"judge", "evaluate_every", "until_fid"})
      if (o.given.contains(name)) throw;
    note = fmt::format("no judge's figures: {}", error.what());
    return std::nullopt;
  }
}

// Notes judge and images behind the figures; a run that goes on must have the same, or a judge that is named anew.
void note_reference(TrainOptions& o, const Evaluator& evaluator) {
  const auto take = [&](const char* what, std::string& then, const std::string& now) {
    check(then.empty() || then == now,
          "train: the {} not what {} began with (checksum {}, then {}): --evaluate-every 0 goes on without figures",
          what, o.resume, now, then);
    then = now;
  };
  if (o.given.contains("judge")) o.judge_checksum.clear();
  take("judge is", o.judge_checksum, evaluator.judge_checksum());
  take("test images are", o.reference_checksum, evaluator.reference_checksum());
}

// Checks a recipe whose steps are not known yet.
void check_unplanned(Recipe recipe) {
  recipe.steps = 1'000'000'000;
  check_recipe(recipe);
}

// For networks of these tensors, and making them: a recipe must not promise more than its checkpoint holds.
std::size_t most_bytes_of(const Checkpoint& checkpoint) {
  constexpr std::size_t always = std::size_t{16} << 20, times = 8;
  std::size_t result = always;
  for (const StateDict* state : {&checkpoint.generator, &checkpoint.discriminator})
    for (const auto& [name, tensor] : *state) result += times * tensor.storage()->bytes;
  return result;
}

// Trains and leaves everything but the report in the folder, which is that of `options` in the end.
int train_into_folder(TrainOptions& options) {
  check_options(options);
  const bool resuming = !options.resume.empty();
  options.data_path = options.data;
  options.judge_path = options.judge;
  std::optional<OutputFolder> runs;  // outlives the run's folder in it
  std::optional<RunFolder> folder;
  Checkpoint saved;
  if (resuming) {
    check(std::filesystem::is_directory(options.resume), "train: --resume must name the folder of a run, given \"{}\"",
          options.resume);
    folder.emplace(options.resume);
    saved = folder->read_checkpoint();
    options = resumed(options, saved, read_run_config(options.resume));
    check_options(options);
  } else if (!options.overwrite && !options.out.empty()) {
    check_holds_no_run(options.out);
  }
  Recipe& recipe = options.recipe;
  check_unplanned(recipe);
  apply_computing(recipe);
  ImageDataset dataset = load_images(options.data_path, Split::train, recipe.image_size, recipe.transpose);
  const std::string data_note = dataset.note;
  const std::string with_labels = checksum(dataset);
  const std::string data_checksum = checksum_for(dataset, resuming ? recipe.classes > 0 : options.conditional);
  check(!resuming || is_same_data(data_checksum, recipe.data_checksum),
        "train: the images or labels in {} are not those that {} began with (checksum {}, then {})", options.data_path,
        options.resume, data_checksum, recipe.data_checksum);
  recipe.data_checksum = data_checksum;
  recipe.channels = dataset.images.dim(1);
  check(!resuming || !options.conditional || recipe.classes > 0,
        "train: --conditional would change the result of {}, which began without", options.resume);
  if (!resuming && options.conditional) recipe.classes = classes_of(dataset, options.data);
  check(!resuming || recipe.classes == 0 || recipe.classes == class_count(dataset),
        "train: {} began with {} classes, those in {} are {} (classes without images are not counted any more)",
        options.resume, recipe.classes, options.data_path, class_count(dataset));
  DataLoader loader(std::move(dataset), {.batch_size = recipe.batch,
                                         .shuffle = true,
                                         .drop_last = true,
                                         .image_size = static_cast<int>(recipe.image_size),
                                         .seed = static_cast<std::uint64_t>(recipe.seed)});
  std::string note;
  std::optional<Evaluator> evaluator = make_evaluator(options, with_labels, note);
  if (evaluator) note_reference(options, *evaluator);
  recipe.steps = planned_steps(options, loader, saved.step, evaluator.has_value());
  check(recipe.steps >= saved.step, "train: {} is at step {} already, {} were asked for", options.resume, saved.step,
        recipe.steps);
  check(!resuming || recipe.steps == saved.recipe.steps || recipe.schedule == "constant",
        "train: the {} schedule of {} was planned for {} steps, they cannot become {}", recipe.schedule, options.resume,
        saved.recipe.steps, recipe.steps);

  if (resuming && saved.step == recipe.steps) {
    if (!options.quiet) say("{} is at its end, step {}, already", options.resume, saved.step);
    return 0;
  }

  std::optional<Training> training;
  std::vector<LogRow> log;
  if (resuming) {
    try {
      const AllocationLimit limit(most_bytes_of(saved));
      training.emplace(recipe);
      training->restore(saved);
    } catch (const Error& error) {
      throw IoError(options.resume + "/checkpoint.safetensors", 0, error.what());
    }
    saved = {};
    log = folder->resume(
        {training->steps_done(), loader.size(), options.sample_every, evaluator ? options.evaluate_every : 0},
        to_json(options));
  } else {
    if (options.out.empty()) {
      runs.emplace("runs", std::vector<std::string>{});
      options.out = make_new_folder("runs/dcgan");
      runs->add_made(options.out);
      say("the run's folder is {}", options.out);
    }
    folder.emplace(options.out);
    if (!options.overwrite) check_holds_no_run(options.out);
    training.emplace(recipe);
    folder->begin(training->checkpoint(), to_json(options));
  }
  received_signal = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  if (!data_note.empty()) say("{}", data_note);
  if (!options.quiet && !note.empty()) say("{}", note);
  const int exit_code = Run(options, *folder, loader, *training, evaluator, log).train();
  if (!options.quiet)
    say("{}: samples, checkpoint and report.html are in {}", exit_code == 0 ? "done" : "stopped", options.out);
  return exit_code;
}

}  // namespace

int train(TrainOptions options) {
  const int exit_code = train_into_folder(options);
  try {
    report({.runs = {options.out}, .floor = CacheMiss::fail});
  } catch (const std::exception& error) {
    say("no report: {}", error.what());
  }
  return exit_code;
}

}  // namespace wisp::apps
