#include <apps/dcgan/gan_step.h>

#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/reduction.h>

namespace wisp::apps {
namespace {

Tensor loss_against(double target, const Tensor& logits) {
  return bce_with_logits(logits, Tensor::full(logits.shape(), target, logits.dtype()));
}

double value(const Tensor& x) { return x.detach().to(DType::f64).item<double>(); }

double mean_probability(const Tensor& logits) { return value(mean(sigmoid(logits.detach()))); }

}  // namespace

GanStepResult gan_step(const Gan& gan, const Tensor& real, const Tensor& z) {
  gan.discriminator_optimizer.zero_grad();
  const Tensor real_logits = gan.discriminator(real);
  const Tensor real_loss = loss_against(1.0, real_logits);
  real_loss.backward();
  const Tensor fake = gan.generator(z);
  const Tensor fake_logits = gan.discriminator(fake.detach());
  const Tensor fake_loss = loss_against(0.0, fake_logits);
  fake_loss.backward();
  gan.discriminator_optimizer.step();

  gan.generator_optimizer.zero_grad();
  const Tensor generator_loss = loss_against(1.0, gan.discriminator(fake));
  generator_loss.backward({.inputs = gan.generator.parameters()});
  gan.generator_optimizer.step();
  return {value(real_loss), value(fake_loss), value(generator_loss), mean_probability(real_logits),
          mean_probability(fake_logits)};
}

}  // namespace wisp::apps
