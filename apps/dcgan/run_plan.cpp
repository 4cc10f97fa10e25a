#include <apps/dcgan/run_plan.h>

#include <cstdlib>

#include <apps/common/images.h>
#include <apps/common/machine.h>
#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/run_paths.h>
#include <wisp/core/parallel.h>
#include <wisp/core/version.h>

namespace wisp::apps {
namespace {

// With the ways to compute that were asked for, be it by option or by the environment.
Metadata all_given(const TrainOptions& options) {
  Metadata given = options.given;
  if (options.compute.precision != "auto") given["precision"] = options.compute.precision;
  if (!options.compute.backend.empty() || std::getenv("WISP_BACKEND") != nullptr)
    given["backend"] = text_of(resolved(backend()));
  if (std::getenv("WISP_CONV") != nullptr) given["algorithm"] = text_of(conv_algorithm());
  return given;
}

Recipe new_recipe(const TrainOptions& options, const RunSettings& settings, bool bf16) {
  const std::int64_t image_size = options.given.contains("image_size") ? changed({}, options.given).model.image_size
                                                                       : default_image_size(settings.data);
  Recipe recipe =
      completed(recipe_named(options.model.empty() ? default_recipe_name(image_size) : options.model), options.given);
  recipe.model.image_size = image_size;
  recipe.precision = bf16 ? Precision::bf16 : Precision::f32;
  recipe.backend = resolved(backend());
  recipe.algorithm = conv_algorithm();
  return recipe;
}

// The recipe, and the steps done.
std::pair<Recipe, std::int64_t> read(const SavedRun& saved) {
  try {
    return {recipe_of(saved.checkpoint), step_of(saved.checkpoint)};
  } catch (const Error& error) {
    throw IoError(saved.checkpoint_path(), 0, error.what());
  }
}

void check_goes_on(const Recipe& recipe, const TrainOptions& options, const SavedRun& saved) {
  const Metadata given = all_given(options), then = to_metadata(recipe), now = to_metadata(changed(recipe, given));
  for (const auto& [name, text] : now)
    check(text == then.at(name), "train: {} {} would change the result of {}, which began with {}", option_of(name),
          text, saved.folder, then.at(name));
  check(!options.conditional || recipe.model.classes > 0,
        "train: --conditional would change the result of {}, which began without", saved.folder);
}

void compute_as(const Recipe& recipe) {
  check(resolved(recipe.backend) == recipe.backend, "train: the run was begun with oneDNN, which this build lacks");
  set_backend(recipe.backend);
  set_conv_algorithm(recipe.algorithm);
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

// Writes down what the recipe takes from the data; those of a run that goes on must be the same.
void take_data(Recipe& recipe, const ImageDataset& dataset, const std::string& dataset_checksum,
               const std::string& path, bool conditional, const SavedRun* saved) {
  if (saved == nullptr && conditional) recipe.model.classes = classes_of(dataset, path);
  const bool labelled = recipe.model.classes > 0;
  const std::string now = labelled ? dataset_checksum : checksum(ImageDataset{.images = dataset.images});
  if (saved != nullptr) {
    check(is_same_data(now, recipe.data_checksum),
          "train: the images or labels in {} are not those that {} began with (checksum {}, then {})", path,
          saved->folder, now, recipe.data_checksum);
    check(!labelled || recipe.model.classes == class_count(dataset),
          "train: {} began with {} classes, those in {} are {} (classes without images are not counted any more)",
          saved->folder, recipe.model.classes, path, class_count(dataset));
  }
  recipe.data_checksum = now;
  recipe.model.channels = dataset.images.dim(1);
}

void check_end(const Recipe& recipe, std::int64_t steps, std::int64_t done, const SavedRun* saved) {
  const optim::LRScheduleOptions& then = recipe.schedule;
  check(then.warmup < steps, "train: --warmup must be from 0 to below the {} steps, given {}", steps, then.warmup);
  if (saved == nullptr) return;
  check(steps >= done, "train: {} is at step {} already, {} were asked for", saved->folder, done, steps);
  check(steps == then.steps || then.schedule == optim::LRSchedule::constant,
        "train: the {} schedule of {} was planned for {} steps, they cannot become {}", name_of(then.schedule),
        saved->folder, then.steps, steps);
}

nlohmann::json config_of(const TrainOptions& options, const RunSettings& settings, const Recipe& recipe,
                         const std::string& data_path, const RunJudge& judge) {
  const auto optional = [](const auto& value) { return value ? nlohmann::json(*value) : nlohmann::json(nullptr); };
  nlohmann::json config = {{"version", version()},
                           {"cpu", cpu_name()},
                           {"cpus", cpu_count()},
                           {"memory_bytes", memory_bytes()},
                           {"system", system_name()},
                           {"threads", num_threads()},
                           {"data_path", to_json_text(whole_path(data_path))},
                           {"judge_path", to_json_text(whole_path(judge.path))},
                           {"judge_checksum", judge.checksum},
                           {"reference_checksum", judge.reference_checksum},
                           {"epochs", optional(options.length.epochs)},
                           {"minutes", optional(options.length.minutes)},
                           {"quiet", options.quiet}};
  visit_settings(settings, [&](const char* name, const auto& value, auto) { config[name] = json_of(value); });
  config.update(to_json(recipe));
  return config;
}

}  // namespace

RunPlan plan_run(const TrainOptions& options, const SavedRun* saved) {
  check_length(options.length);
  const RunSettings settings = saved != nullptr ? settings_from(saved->config, saved->config_path(), options.given)
                                                : settings_from({}, {}, options.given);
  const bool bf16 = apply_compute_options(options.compute);
  auto [recipe, first] =
      saved != nullptr ? read(*saved) : std::pair(new_recipe(options, settings, bf16), std::int64_t{0});
  if (saved != nullptr) check_goes_on(recipe, options, *saved);
  check_recipe(recipe);
  compute_as(recipe);
  const std::string data_path = path_of(saved, options.given, "data", settings.data);
  if (const std::string here = whole_path(settings.data); saved != nullptr)
    check(is_there(data_path), "train: the images of {} are not at {}{}: name their folder with --data", saved->folder,
          whole_path(data_path), here == whole_path(data_path) ? "" : ", nor, from this folder on, at " + here);
  ImageDataset dataset = load_images(data_path, Split::train, recipe.model.image_size, recipe.transpose);
  const std::string note = dataset.note, data_checksum = checksum(dataset);
  take_data(recipe, dataset, data_checksum, data_path, options.conditional, saved);
  DataLoader loader(std::move(dataset), {.batch_size = recipe.batch,
                                         .shuffle = true,
                                         .drop_last = true,
                                         .image_size = static_cast<int>(recipe.model.image_size),
                                         .seed = static_cast<std::uint64_t>(recipe.seed)});
  RunJudge judge = judge_of_run(options, settings, recipe, data_path, data_checksum, saved);
  const std::int64_t steps = planned_steps(options.length, recipe, loader, first, judge.figures != nullptr);
  check_end(recipe, steps, first, saved);
  recipe.schedule.steps = steps;
  std::vector<std::string> notes;
  if (!note.empty()) notes.push_back(note);
  if (!judge.note.empty() && !options.quiet) notes.push_back(judge.note);
  nlohmann::json config = config_of(options, settings, recipe, data_path, judge);
  return {.recipe = recipe,
          .settings = settings,
          .first_step = first,
          .loader = std::move(loader),
          .figures = std::move(judge.figures),
          .notes = std::move(notes),
          .preview = options.preview,
          .quiet = options.quiet,
          .config = std::move(config)};
}

}  // namespace wisp::apps
