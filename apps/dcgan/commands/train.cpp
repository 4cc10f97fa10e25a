#include <algorithm>
#include <cstdlib>
#include <memory>

#include <apps/common/compute_options.h>
#include <apps/common/images.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/train.h>
#include <wisp/core/parallel.h>

namespace wisp::apps {
namespace {

// Adds an option that changes the result, under the name of the recipe's member.
template <class T>
CLI::Option* add_recipe_option(CLI::App& command, const std::string& member, T& value, const std::string& text) {
  return command.add_option(option_of(member), value, text)->capture_default_str()->group("Recipe");
}

void add_recipe(CLI::App& command, Recipe& r) {
  add_recipe_option(command, "batch", r.batch, "Images per step");
  add_recipe_option(command, "loss", r.loss, "bce, hinge, least-squares, wgan-gp, r1 or r3gan");
  add_recipe_option(command, "label_smoothing", r.label_smoothing, "Take this from the target of real images");
  add_recipe_option(command, "penalty", r.penalty, "Weight of the gradient penalty (default: that of the loss)")
      ->default_str("");
  add_recipe_option(command, "lr_g", r.lr_g, "Learning rate of the generator's Adam");
  add_recipe_option(command, "lr_d", r.lr_d, "Learning rate of the discriminator's Adam");
  add_recipe_option(command, "beta1", r.beta1, "First momentum of Adam");
  add_recipe_option(command, "beta2", r.beta2, "Second momentum of Adam");
  add_recipe_option(command, "schedule", r.schedule, "Learning rates: constant, or to 0 by linear or cosine");
  add_recipe_option(command, "decay_start", r.decay_start, "Share of the steps before the learning rates fall");
  add_recipe_option(command, "warmup", r.warmup, "Steps in which the learning rates rise");
  add_recipe_option(command, "clip_grad_norm", r.clip_grad_norm,
                    "Clip each network's gradient to this norm; 0: do not");
  add_recipe_option(command, "ema", r.ema, "Decay of the averaged generator; 0: none");
  add_recipe_option(command, "norm", r.norm,
                    "Normalisation in the discriminator: batch, none, group or spectral (default: that of --model; "
                    "none with a penalty)")
      ->default_str("");
  add_recipe_option(command, "generator_blocks", r.generator_blocks,
                    "Residual blocks behind each of the generator's convolutions but the first and the last");
  add_recipe_option(command, "discriminator_blocks", r.discriminator_blocks, "The same in the discriminator");
  add_recipe_option(command, "latent", r.latent, "Length of the noise vector");
  add_recipe_option(command, "base_channels", r.base_channels, "Channels of the layer next to the image");
  add_recipe_option(command, "image_size", r.image_size,
                    "28, 32, 64 or 128 (default: 28 for IDX files, 32 for CIFAR-10, 64 for pictures and shapes)")
      ->default_str("");
  add_recipe_option(command, "seed", r.seed, "Seed of weights, noise and order");
}

std::string names_a_folder(const std::string& text) { return text.empty() ? "must name a folder, given \"\"" : ""; }

// Which of the recipe and the settings were asked for, by option or by the environment.
std::set<std::string> given_options(const CLI::App& command, const ComputeOptions& compute) {
  std::set<std::string> given;
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0) {
      std::string name = option->get_single_name();
      std::replace(name.begin(), name.end(), '-', '_');
      given.insert(name);
    }
  if (given.contains("lr")) given.insert({"lr_g", "lr_d"});
  if (compute.precision == "auto") given.erase("precision");
  if (std::getenv("WISP_BACKEND") != nullptr) given.insert("backend");
  if (std::getenv("WISP_CONV") != nullptr) given.insert("algorithm");
  return given;
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
  struct Options {
    TrainOptions train;
    ComputeOptions compute;
    int threads = num_threads();
    std::string model;
  };
  const auto options = std::make_shared<Options>();
  TrainOptions& o = options->train;
  CLI::App* command = app.add_subcommand("train", "Train a generator and a discriminator on a folder of images");
  o.data = WISP_DEFAULT_DATA;
  command
      ->add_option("--data", o.data, "Folder of IDX files, of CIFAR-10's or of pictures; or shapes, the built-in ones")
      ->capture_default_str()
      ->check(names_a_folder);
  CLI::Option* out =
      command
          ->add_option("--out", o.out, "Folder for the run's files (default: runs/dcgan, runs/dcgan-2 ..., a new one)")
          ->check(names_a_folder);
  CLI::Option* overwrite =
      command->add_flag("--overwrite", o.overwrite, "Replace the run that is in the folder of --out");
  CLI::Option* resume = command->add_option("--resume", o.resume, "Go on with the run in this folder")
                            ->excludes(out)
                            ->excludes(overwrite)
                            ->check(names_a_folder);
  command->add_option("--epochs", o.epochs, "Train for N epochs (5 when neither steps nor minutes are given)");
  command->add_option("--steps", o.steps, "Train for N steps");
  command->add_option("--minutes", o.minutes, "Train for about M minutes: the steps that fit are planned at the start");
  command->add_option("--threads", options->threads, "Number of threads")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command->add_flag("--transpose", o.recipe.transpose, "Exchange rows and columns of IDX files' images: for EMNIST")
      ->group("Recipe");
  command->add_option("--sample-every", o.sample_every, "Epochs between sample grids")->capture_default_str();
  command->add_option("--checkpoint-every", o.checkpoint_every, "epoch, N (steps) or Nm (minutes)")
      ->capture_default_str();
  command->add_option("--keep", o.keep, "Keep the last N checkpoints")->capture_default_str();
  command->add_option("--on-alarm", o.on_alarm, "What to do when training goes wrong: warn or stop")
      ->capture_default_str()
      ->check(CLI::IsMember({"warn", "stop"}));
  command->add_flag("--conditional", o.conditional, "Train with the labels, so that images of a class can be drawn")
      ->group("Recipe");
  o.judge = WISP_DEFAULT_JUDGE;
  command->add_option("--judge", o.judge, "Judge for these images, from `mnist train`")->capture_default_str();
  command->add_option("--evaluate-every", o.evaluate_every, "Steps between the judge's figures; 0: none")
      ->capture_default_str();
  command->add_option("--until-fid", o.until_fid, "Stop at an evaluation whose FID is at most this");
  add_compute_options(*command, options->compute);
  command->add_option("--preview", o.preview, "Show new sample grids in a terminal that can: auto or off")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "off"}));
  command->add_flag("--quiet", o.quiet, "No progress on stderr");
  command
      ->add_option("--model", options->model,
                   "The recipe that the options below change: residual, r3gan or classic (default: residual, and r3gan "
                   "from an image size of 64 on)")
      ->excludes(resume)
      ->group("Recipe");
  CLI::Option* lr = command->add_option("--lr", "Both learning rates")->group("Recipe")->type_name("FLOAT");
  add_recipe(*command, o.recipe);
  command->callback([options, command, lr, &exit_code] {
    TrainOptions& chosen = options->train;
    check(!chosen.overwrite || !chosen.out.empty(), "train: --overwrite needs --out, the folder of the run to replace");
    chosen.given = given_options(*command, options->compute);
    std::int64_t image_size = chosen.recipe.image_size;
    if (chosen.resume.empty() && !chosen.given.contains("image_size")) image_size = default_image_size(chosen.data);
    if (command->count("--model") == 0) options->model = default_recipe_name(image_size);
    chosen.recipe = completed(chosen.recipe, recipe_named(options->model), chosen.given);
    chosen.recipe.image_size = image_size;
    for (const auto& [name, rate] :
         {std::pair{"--lr-g", &chosen.recipe.lr_g}, std::pair{"--lr-d", &chosen.recipe.lr_d}})
      if (lr->count() > 0 && command->count(name) == 0) *rate = lr->as<double>();
    record_computing(chosen.recipe, apply_compute_options(options->compute));
    set_num_threads(options->threads);
    exit_code = train(chosen);
  });
}

}  // namespace wisp::apps
