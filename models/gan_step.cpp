#include <models/gan_step.h>

#include <cmath>

#include <models/class_labels.h>
#include <wisp/autograd/backward.h>
#include <wisp/nn/clip_grad.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp::models {
namespace {

double value(const Tensor& x) { return x.detach().to(DType::f64).item<double>(); }

double mean_probability(const Tensor& logits) { return value(mean(sigmoid(logits.detach()))); }

// The share of logits with this sign.
double share(const Tensor& logits, double wanted) {
  return 0.5 + 0.5 * value(mean(sign(logits.detach().to(DType::f32)) * wanted));
}

double spread_of(const Tensor& images) {
  const NoGrad guard;
  const Tensor x = images.detach().to(DType::f32);
  return std::sqrt(value(mean(square(x - mean(x, {0}, true)))));
}

void note_logits(const Tensor& real_logits, const Tensor& fake_logits, GanStepResult& result) {
  result.d_real = mean_probability(real_logits);
  result.d_fake = mean_probability(fake_logits);
  if (!result.measures) return;
  result.measures->d_accuracy_real = share(real_logits, 1);
  result.measures->d_accuracy_fake = share(fake_logits, -1);
}

// Clips the network's gradient where it shall be, and notes its norm where there is a place for it.
void clip(const nn::Module& network, double max_norm, double* norm) {
  if (norm == nullptr && max_norm == 0) return;
  const Tensors parameters = network.parameters();
  const double found = max_norm > 0 ? nn::clip_grad_norm_(parameters, max_norm) : nn::grad_norm(parameters);
  if (norm != nullptr) *norm = found;
}

// The same images, to be differentiated with respect to.
Tensor leaf(const Tensor& images) { return images.detach().set_requires_grad(true); }

// D's gradients of loss + penalty, and none of the images.
void backward(const Gan& gan, const Tensor& loss, const Tensor& penalty) {
  (loss + penalty).backward({.inputs = gan.discriminator.parameters()});
}

// D's logits of images with the labels of the real ones.
Tensor judge(const Gan& gan, const Tensor& images, const Batch& real) {
  return logits_of_labels(gan.discriminator(images), real.labels);
}

// D's gradients; real images first and their graph freed before the generated ones come, for the sake of memory.
// Returns the generated images.
Tensor learn_apart(const Gan& gan, const Batch& real, const Tensor& z, const Tensor& e, GanStepResult& result) {
  const bool penalize_real = gan.loss.loss == GanLoss::r1;
  const Tensor images = penalize_real ? leaf(real.images) : real.images;
  const Tensor real_logits = judge(gan, images, real);
  const Tensor real_loss = discriminator_loss_on_real(gan.loss, real_logits);
  if (penalize_real) {
    const Tensor penalty = gradient_penalty(gan.loss, real_logits, images);
    backward(gan, real_loss, penalty);
    result.penalty = value(penalty);
  } else {
    real_loss.backward();
  }
  const Tensor fake = gan.generator(z);
  const Tensor fake_logits = judge(gan, fake.detach(), real);
  const Tensor fake_loss = discriminator_loss_on_fake(gan.loss, fake_logits);
  fake_loss.backward();
  if (gan.loss.loss == GanLoss::wgan_gp) {
    const Tensor between = leaf(interpolate(real.images, fake.detach(), e));
    const Tensor penalty = gradient_penalty(gan.loss, judge(gan, between, real), between);
    penalty.backward({.inputs = gan.discriminator.parameters()});
    result.penalty = value(penalty);
  }
  result.d_loss_real = value(real_loss);
  result.d_loss_fake = value(fake_loss);
  note_logits(real_logits, fake_logits, result);
  return fake;
}

// D's gradients on pairs of a real and a generated image. Returns the generated images.
Tensor learn_in_pairs(const Gan& gan, const Batch& real, const Tensor& z, GanStepResult& result) {
  const Tensor fake = gan.generator(z);
  const Tensor real_images = leaf(real.images), fake_images = leaf(fake);
  const Tensor real_logits = judge(gan, real_images, real), fake_logits = judge(gan, fake_images, real);
  const Tensor loss = discriminator_loss_on_pairs(real_logits, fake_logits);
  const Tensor penalty =
      gradient_penalty(gan.loss, real_logits, real_images) + gradient_penalty(gan.loss, fake_logits, fake_images);
  backward(gan, loss, penalty);
  result.d_loss_real = result.d_loss_fake = 0.5 * value(loss);
  result.penalty = value(penalty);
  note_logits(real_logits, fake_logits, result);
  return fake;
}

Tensor constant_logits(const Gan& gan, const Batch& real) {
  const NoGrad guard;
  return judge(gan, real.images, real);
}

}  // namespace

GanStepResult gan_step(const Gan& gan, const Batch& real, const Tensor& z, Rng& rng, bool measure) {
  const bool draws = gan.loss.loss == GanLoss::wgan_gp;
  return gan_step(gan, real, z,
                  draws ? Tensor::rand({real.images.dim(0), 1, 1, 1}, rng, real.images.dtype()) : Tensor{}, measure);
}

GanStepResult gan_step(const Gan& gan, const Batch& real, const Tensor& z, const Tensor& e, bool measure) {
  GanStepResult result{};
  GanMeasures* const measures = measure ? &result.measures.emplace() : nullptr;
  const bool pairs = gan.loss.loss == GanLoss::r3gan;
  gan.discriminator_optimizer.zero_grad();
  const Tensor fake = pairs ? learn_in_pairs(gan, real, z, result) : learn_apart(gan, real, z, e, result);
  clip(gan.discriminator, gan.clip_grad_norm, measure ? &measures->d_grad_norm : nullptr);
  gan.discriminator_optimizer.step();

  gan.generator_optimizer.zero_grad();
  const Tensor real_logits = pairs ? constant_logits(gan, real) : Tensor{};
  const Tensor loss = generator_loss(gan.loss, judge(gan, fake, real), real_logits);
  loss.backward({.inputs = gan.generator.parameters()});
  clip(gan.generator, gan.clip_grad_norm, measure ? &measures->g_grad_norm : nullptr);
  gan.generator_optimizer.step();
  if (measure) {
    measures->spread = spread_of(fake);
    measures->spread_real = spread_of(real.images);
  }
  result.g_loss = value(loss);
  return result;
}

}  // namespace wisp::models
