// Recipe: everything that changes the result of training, and nothing else.
//
// It is written into the checkpoint, so that a resumed run goes on to the same bits; a member's name there is that of
// the command-line option with underscores.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <apps/dcgan/members.h>

namespace wisp::apps {

struct Recipe {
  models::DcganOptions model = {
      .base_channels = 32, .norm = models::Norm::spectral, .generator_blocks = 1, .discriminator_blocks = 1};
  models::GanLossOptions loss = {.loss = models::GanLoss::hinge};
  optim::LRScheduleOptions schedule = {.schedule = optim::LRSchedule::linear, .steps = 0, .decay_start = 0.5};
  std::int64_t batch = 64;
  double lr_g = 1e-3, lr_d = 1e-3;
  double beta1 = 0, beta2 = 0.99;
  double clip_grad_norm = 0;  ///< 0: gradients are not clipped
  double ema = 0.999;         ///< decay of the averaged generator; 0: there is none
  std::int64_t seed = 1;
  Precision precision = Precision::f32;
  Backend backend = Backend::native;  ///< as this build resolves it
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;
  bool transpose = false;          ///< the images' rows and columns are exchanged, see load_images
  std::string data_checksum = "";  ///< see wisp/data/dataset.h
};

/// Calls visit(name, member, help) for every member; `help` is what --help says of its option, "" where it has none.
template <class R, class Visit>
void visit_recipe(R& r, const Visit& visit) {
  visit("batch", r.batch, "Images per step");
  visit("loss", r.loss.loss, "bce, hinge, least-squares, wgan-gp, r1 or r3gan");
  visit("label_smoothing", r.loss.label_smoothing, "Take this from the target of real images");
  visit("penalty", r.loss.penalty, "Weight of the gradient penalty (default: that of the loss)");
  visit("lr_g", r.lr_g, "Learning rate of the generator's Adam");
  visit("lr_d", r.lr_d, "Learning rate of the discriminator's Adam");
  visit("beta1", r.beta1, "First momentum of Adam");
  visit("beta2", r.beta2, "Second momentum of Adam");
  visit("schedule", r.schedule.schedule, "Learning rates: constant, or to 0 by linear or cosine");
  visit("decay_start", r.schedule.decay_start, "Share of the steps before the learning rates fall");
  visit("warmup", r.schedule.warmup, "Steps in which the learning rates rise");
  visit("clip_grad_norm", r.clip_grad_norm, "Clip each network's gradient to this norm; 0: do not");
  visit("ema", r.ema, "Decay of the averaged generator; 0: none");
  visit("norm", r.model.norm,
        "Normalisation in the discriminator: batch, none, group or spectral (default: that of --model; none with a "
        "penalty)");
  visit("generator_blocks", r.model.generator_blocks,
        "Residual blocks behind each of the generator's convolutions but the first and the last");
  visit("discriminator_blocks", r.model.discriminator_blocks, "The same in the discriminator");
  visit("latent", r.model.latent, "Length of the noise vector");
  visit("base_channels", r.model.base_channels, "Channels of the layer next to the image");
  visit("image_size", r.model.image_size,
        "28, 32, 64 or 128 (default: 28 for IDX files, 32 for CIFAR-10, 64 for pictures and shapes)");
  visit("seed", r.seed, "Seed of weights, noise and order");
  visit("steps", r.schedule.steps, "");
  visit("channels", r.model.channels, "");
  visit("classes", r.model.classes, "");
  visit("precision", r.precision, "");
  visit("backend", r.backend, "");
  visit("algorithm", r.algorithm, "");
  visit("transpose", r.transpose, "");
  visit("data_checksum", r.data_checksum, "");
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

/// The recipe with those of its members that are in `given`, text by name. Throws Error for a text that is no such
/// value.
Recipe changed(const Recipe& recipe, const Metadata& given);

/// The same, and unless given two members that follow from the loss: the penalty's weight, and the norm, which is none
/// with a penalty and some without.
Recipe completed(const Recipe& defaults, const Metadata& given);

/// The backend that computes in this build where that one is chosen: the same for two builds that compute the same.
Backend resolved(Backend backend);

/// Throws Error naming the option that is out of range, whatever the number of steps.
void check_recipe(const Recipe& recipe);

/// As text by name, numbers so that they read back the same.
Metadata to_metadata(const Recipe& recipe);
/// Throws Error naming the entry that is missing or no such value.
Recipe recipe_from(const Metadata& metadata);

/// By name, the choices as text.
nlohmann::json to_json(const Recipe& recipe);

}  // namespace wisp::apps
