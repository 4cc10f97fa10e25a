#include <wisp/ops/batch_norm.h>

#include <cmath>

#include <wisp/autograd/backward.h>
#include <wisp/kernels/batch_norm.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using autograd::Cotangents;

struct Rows {
  std::int64_t count;
  std::int64_t channels;
};

// x seen as the kernels see it: channels innermost. Rank 2 and 4 lie so in memory.
Rows rows_of(const Tensor& x) { return {x.dim(1) == 0 ? 0 : x.numel() / x.dim(1), x.dim(1)}; }

// (C) shaped so that it broadcasts along dimension 1 of x.
Tensor per_channel(const Tensor& values, const Tensor& x) {
  return x.rank() == 4 ? values.reshape({-1, 1, 1}) : values;
}

std::vector<int> all_but_channel(const Tensor& x) { return x.rank() == 4 ? std::vector{0, 2, 3} : std::vector{0}; }

// What batch_norm_backward computes, from differentiable ops, statistics included: its derivative is then right.
Tensors backward_composite(const Tensor& g, const Tensor& x, const Tensor& weight, double eps) {
  const std::vector<int> dims = all_but_channel(x);
  const Tensor centered = x - mean(x, dims, true);
  const Tensor deviation = sqrt(mean(square(centered), dims, true) + eps);
  const Tensor normalized = centered / deviation;
  const Tensor product = g * normalized;
  const Tensor grad_x =
      per_channel(weight, x) / deviation * (g - mean(g, dims, true) - normalized * mean(product, dims, true));
  return {grad_x, sum(product, dims), sum(g, dims)};
}

// Gradients of x, weight and bias; its own vjp is the composite's.
Tensors batch_norm_backward(const Tensor& g, const Tensor& x, const Tensor& weight, const Tensor& mean,
                            const Tensor& inverse_deviation, double eps) {
  const Rows rows = rows_of(x);
  Tensor grad_x = Tensor::empty(x.shape(), x.dtype());
  Tensor grad_weight = Tensor::empty(weight.shape(), x.dtype()), grad_bias = Tensor::empty(weight.shape(), x.dtype());
  visit_compute_dtype("batch_norm", x.dtype(), [&]<class T>(T) {
    kernels::batch_norm_backward(rows.count, rows.channels, g.data<T>(), x.data<T>(), mean.data<T>(),
                                 inverse_deviation.data<T>(), weight.data<T>(), grad_x.mutable_data<T>(),
                                 grad_weight.mutable_data<T>(), grad_bias.mutable_data<T>());
  });
  return autograd::record("batch_norm_backward", {grad_x, grad_weight, grad_bias}, {g, x, weight}, {{g, x, weight}},
                          [eps](const Cotangents& c) {
                            return autograd::composite_vjp(
                                [eps](const Tensors& in) { return backward_composite(in[0], in[1], in[2], eps); },
                                {c.saved(0), c.saved(1), c.saved(2)}, c);
                          });
}

void update_running(Tensor& running, const Tensor& batch, double momentum, double factor) {
  if (!running.defined()) return;
  visit_compute_dtype("batch_norm", running.dtype(), [&]<class T>(T) {
    T* values = running.mutable_data<T>();
    const T* fresh = batch.data<T>();
    for (std::int64_t c = 0; c < running.numel(); ++c)
      values[c] = static_cast<T>((1.0 - momentum) * static_cast<double>(values[c]) +
                                 momentum * factor * static_cast<double>(fresh[c]));
  });
}

Tensor normalize_batch(const Tensor& x, Tensor running_mean, Tensor running_var, const Tensor& weight,
                       const Tensor& bias, double momentum, double eps) {
  const Rows rows = rows_of(x);
  Tensor mean = Tensor::empty({rows.channels}, x.dtype()), variance = Tensor::empty({rows.channels}, x.dtype());
  Tensor inverse_deviation = Tensor::empty({rows.channels}, x.dtype());
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  visit_compute_dtype("batch_norm", x.dtype(), [&]<class T>(T) {
    kernels::batch_norm_statistics(rows.count, rows.channels, x.data<T>(), mean.mutable_data<T>(),
                                   variance.mutable_data<T>());
    const T* of_batch = variance.data<T>();
    T* inverse = inverse_deviation.mutable_data<T>();
    for (std::int64_t c = 0; c < rows.channels; ++c)
      inverse[c] = static_cast<T>(1.0 / std::sqrt(static_cast<double>(of_batch[c]) + eps));
    kernels::batch_norm_normalize(rows.count, rows.channels, x.data<T>(), mean.data<T>(), inverse, weight.data<T>(),
                                  bias.data<T>(), y.mutable_data<T>());
  });
  update_running(running_mean, mean, momentum, 1.0);
  update_running(running_var, variance, momentum,
                 static_cast<double>(rows.count) / static_cast<double>(rows.count - 1));
  return autograd::record("batch_norm", y, {x, weight, bias}, {{x, weight, mean, inverse_deviation}},
                          [eps](const Cotangents& c) {
                            return batch_norm_backward(c.grad(), c.saved(0), c.saved(1), c.saved(2), c.saved(3), eps);
                          });
}

}  // namespace

Tensor batch_norm(const Tensor& input, Tensor running_mean, Tensor running_var, const Tensor& weight,
                  const Tensor& bias, bool training, double momentum, double eps) {
  check(2 <= input.rank() && input.rank() <= 4, "batch_norm: input must be N x C, N x C x L or N x C x H x W, given {}",
        input.shape());
  const Shape channels{input.dim(1)};
  for (const auto& [name, tensor] : {std::pair{"running_mean", running_mean}, std::pair{"running_var", running_var},
                                     std::pair{"weight", weight}, std::pair{"bias", bias}})
    check(!tensor.defined() || (tensor.shape() == channels && tensor.dtype() == input.dtype()),
          "batch_norm: {} must be {} {}, given {} {} (input {})", name, name_of(input.dtype()), channels,
          tensor.defined() ? name_of(tensor.dtype()) : "", tensor.defined() ? tensor.shape() : Shape{}, input.shape());
  check(!training || input.dim(1) == 0 || input.numel() / input.dim(1) > 1,
        "batch_norm: more than 1 value per channel is needed in training, the input is {}", input.shape());
  check(training || (running_mean.defined() && running_var.defined()),
        "batch_norm: evaluation needs running_mean and running_var");
  if (input.rank() == 3) {  // an image one pixel wide
    const Tensor image = input.reshape({input.dim(0), input.dim(1), input.dim(2), 1});
    return batch_norm(image, running_mean, running_var, weight, bias, training, momentum, eps).reshape(input.shape());
  }
  const Tensor scale = weight.defined() ? weight : Tensor::ones(channels, input.dtype());
  const Tensor shift = bias.defined() ? bias : Tensor::zeros(channels, input.dtype());
  if (training) return normalize_batch(input, running_mean, running_var, scale, shift, momentum, eps);
  const Tensor factor = scale / sqrt(running_var.detach() + eps);
  return (input - per_channel(running_mean.detach(), input)) * per_channel(factor, input) + per_channel(shift, input);
}

}  // namespace wisp
