// Recipe: everything that changes the result of training, and nothing else.
//
// It is written into the checkpoint, so that a resumed run goes on to the same bits; a member's name there is that of
// the command-line option with underscores. Choices are held by their names.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <apps/common/metadata.h>
#include <apps/dcgan/gan_step.h>
#include <models/dcgan.h>
#include <wisp/optim/lr_schedule.h>

namespace wisp::apps {

struct Recipe {
  std::int64_t steps = 0;  ///< of the whole training
  std::int64_t batch = 64;
  std::string loss = "hinge";
  double label_smoothing = 0;
  double penalty = 0;  ///< weight of the loss's gradient penalty; 0 where it has none
  double lr_g = 1e-3, lr_d = 1e-3;
  double beta1 = 0, beta2 = 0.99;
  std::string schedule = "linear";
  double decay_start = 0.5;   ///< share of the steps after which the learning rates fall
  std::int64_t warmup = 0;    ///< steps
  double clip_grad_norm = 0;  ///< 0: gradients are not clipped
  double ema = 0.999;         ///< decay of the averaged generator; 0: there is none
  std::int64_t latent = models::DcganOptions{}.latent;
  std::int64_t base_channels = 32;
  std::int64_t image_size = models::DcganOptions{}.image_size;
  std::int64_t channels = models::DcganOptions{}.channels;
  std::int64_t classes = 0;  ///< of the labels that are trained with; 0: without labels
  std::string norm = "spectral";
  std::int64_t generator_blocks = 1, discriminator_blocks = 1;
  std::int64_t seed = 1;
  std::string precision = "f32";   ///< f32 or bf16
  std::string backend = "native";  ///< native, onednn or auto, as this build resolves it
  std::string algorithm = "auto";  ///< of convolutions: WISP_CONV
  bool transpose = false;          ///< the images' rows and columns are exchanged, see load_images
  std::string data_checksum = "";  ///< see wisp/data/dataset.h

  models::DcganOptions model() const;
  models::GanLossOptions gan_loss() const;
  optim::LRScheduleOptions lr_schedule() const;
};

/// Calls visit(name, member) for every member of a Recipe.
template <class R, class Visit>
void visit_recipe(R& r, const Visit& visit) {
  visit("steps", r.steps);
  visit("batch", r.batch);
  visit("loss", r.loss);
  visit("label_smoothing", r.label_smoothing);
  visit("penalty", r.penalty);
  visit("lr_g", r.lr_g);
  visit("lr_d", r.lr_d);
  visit("beta1", r.beta1);
  visit("beta2", r.beta2);
  visit("schedule", r.schedule);
  visit("decay_start", r.decay_start);
  visit("warmup", r.warmup);
  visit("clip_grad_norm", r.clip_grad_norm);
  visit("ema", r.ema);
  visit("latent", r.latent);
  visit("base_channels", r.base_channels);
  visit("image_size", r.image_size);
  visit("channels", r.channels);
  visit("classes", r.classes);
  visit("norm", r.norm);
  visit("generator_blocks", r.generator_blocks);
  visit("discriminator_blocks", r.discriminator_blocks);
  visit("seed", r.seed);
  visit("precision", r.precision);
  visit("backend", r.backend);
  visit("algorithm", r.algorithm);
  visit("transpose", r.transpose);
  visit("data_checksum", r.data_checksum);
}

/// The names of the recipes that are ready made: "residual", the default of a Recipe; "r3gan", which has the loss of
/// that name and no residual blocks in the discriminator; and "classic", that of PyTorch's C++ example (see
/// docs/training.md).
std::vector<std::string> recipe_names();

/// The name of the recipe for images of this size: "residual", and "r3gan" from 64 x 64 on, where the first one's
/// discriminator gets the better of the generator (docs/data.md).
std::string default_recipe_name(std::int64_t image_size);

/// The recipe of that name. Throws Error when there is none.
Recipe recipe_named(std::string_view name);

/// `recipe` with the members that are not in `given` taken from `defaults`, but for two that follow from the loss: the
/// penalty's weight, and the norm, which is none with a penalty and some without.
Recipe completed(const Recipe& recipe, const Recipe& defaults, const std::set<std::string>& given);

/// The command-line option of a member: "--lr-g" of "lr_g".
std::string option_of(std::string member);

/// Writes down how is computed now, here: bf16 or not, the backend and the algorithm of convolutions in force.
void record_computing(Recipe& recipe, bool bf16);
/// Puts in force what is written down. Throws Error where this build cannot.
void apply_computing(const Recipe& recipe);

/// Throws Error naming the option that is out of range.
void check_recipe(const Recipe& recipe);

/// As text by name, numbers so that they read back the same.
Metadata to_metadata(const Recipe& recipe);
/// Throws Error naming the entry that is missing or no number.
Recipe recipe_from(const Metadata& metadata);

}  // namespace wisp::apps
