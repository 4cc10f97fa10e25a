#include <wisp/ops/batch_norm.h>

#include <wisp/autograd/backward.h>
#include <wisp/autograd/recorder.h>
#include <wisp/kernels/batch_norm.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

constexpr double identity = 1.0;  // the slope of a leaky ReLU that does nothing

struct Call {
  const char* op;
  Tensor input, running_mean, running_var, weight, bias;
  bool training;
  double momentum, eps, slope;
};

struct Rows {
  std::int64_t count;
  std::int64_t channels;
};

// x seen as the kernels see it: channels innermost. Rank 2 and 4 lie so in memory.
Rows rows_of(const Tensor& x) { return {x.dim(1) == 0 ? 0 : x.numel() / x.dim(1), x.dim(1)}; }

// What every fused kernel is told about the channels. The mean is the sum of `mean` and `mean_rest`, which is f64, or
// undefined where it is 0.
struct Channels {
  Tensor mean, mean_rest, inverse_deviation, weight, bias;
  double slope;

  template <class P>
  kernels::BatchNormChannels<P> of() const {
    return {mean.data<P>(), inverse_deviation.data<P>(), weight.data<P>(),
            bias.data<P>(), static_cast<P>(slope),       mean_rest.defined() ? mean_rest.data<double>() : nullptr};
  }
};

// (C) shaped so that it broadcasts along dimension 1 of x.
Tensor per_channel(const Tensor& values, const Tensor& x) {
  return x.rank() == 4 ? values.reshape({-1, 1, 1}) : values;
}

std::vector<int> all_but_channel(const Tensor& x) { return x.rank() == 4 ? std::vector{0, 2, 3} : std::vector{0}; }

Tensor activated(const Tensor& v, double slope) {
  if (slope == identity) return v;
  return slope == 0.0 ? relu(v) : leaky_relu(v, slope);
}

// What batch_norm_backward computes, from differentiable ops, statistics included: its derivative is then right. In
// f64, where a mean is exact even if the spread is small beside it.
Tensors backward_composite(const Tensor& given_g, const Tensor& given_x, const Tensor& given_weight,
                           const Tensor& given_bias, double eps, double slope) {
  const Tensor x = given_x.to(DType::f64), weight = given_weight.to(DType::f64), bias = given_bias.to(DType::f64);
  const std::vector<int> dims = all_but_channel(x);
  const Tensor centered = x - mean(x, dims, true);
  const Tensor inverse = 1.0 / sqrt(mean(square(centered), dims, true) + eps);  // divides channels, not pixels
  const Tensor h = centered * inverse;
  Tensor g = given_g.to(DType::f64);
  if (slope != identity) {
    const Tensor v = (h * per_channel(weight, x) + per_channel(bias, x)).detach();
    g = leaky_relu_backward(g, v, slope);
  }
  const Tensor product = g * h;
  const Tensor grad_x = per_channel(weight, x) * inverse * (g - mean(g, dims, true) - h * mean(product, dims, true));
  return {grad_x.to(given_x.dtype()), sum(product, dims).to(given_weight.dtype()), sum(g, dims).to(given_bias.dtype())};
}

// Gradients of x, weight and bias; its own vjp is the composite's.
Tensors batch_norm_backward(const Tensor& g, const Tensor& x, const Channels& channels, double eps) {
  const Rows rows = rows_of(x);
  const Tensor &weight = channels.weight, &bias = channels.bias;
  Tensor grad_x = Tensor::empty(x.shape(), x.dtype());
  Tensor grad_weight = Tensor::empty(weight.shape(), weight.dtype()),
         grad_bias = Tensor::empty(weight.shape(), weight.dtype());
  visit_floating_dtype("batch_norm", x.dtype(), [&]<class T>(T) {
    using P = compute_t<T>;
    kernels::batch_norm_backward(rows.count, rows.channels, g.data<T>(), x.data<T>(), channels.of<P>(),
                                 grad_x.mutable_data<T>(), grad_weight.mutable_data<P>(), grad_bias.mutable_data<P>());
  });
  return record("batch_norm_backward", {grad_x, grad_weight, grad_bias}, {g, x, weight, bias}, {{g, x, weight, bias}},
                [eps, slope = channels.slope](const Cotangents& c) {
                  return autograd::composite_vjp(
                      [=](const Tensors& in) { return backward_composite(in[0], in[1], in[2], in[3], eps, slope); },
                      {c.saved(0), c.saved(1), c.saved(2), c.saved(3)}, c);
                });
}

// Running statistics, where there are any, move towards those of the batch, which are f64. mutable_data may refuse to
// write, so both places are asked for before anything is written.
void update_running(Tensor& running_mean, Tensor& running_var, const Tensor& mean, const Tensor& variance,
                    DType compute, double momentum, double unbiased) {
  visit_compute_dtype("batch_norm", compute, [&]<class T>(T) {
    const auto place = [](Tensor& running) { return running.defined() ? running.mutable_data<T>() : nullptr; };
    T *const means = place(running_mean), *const variances = place(running_var);
    if (means) kernels::update_running(mean.numel(), momentum, 1.0, mean.data<double>(), means);
    if (variances) kernels::update_running(mean.numel(), momentum, unbiased, variance.data<double>(), variances);
  });
}

// From statistics in f64, those of a batch, or in the weight's dtype, which have no rest.
Channels channels_of(const Tensor& mean, const Tensor& variance, const Tensor& weight, const Tensor& bias, double eps,
                     double slope) {
  const auto empty = [&](DType dtype) { return Tensor::empty(mean.shape(), dtype); };
  const DType dtype = weight.dtype();
  Channels result{mean, {}, empty(dtype), weight, bias, slope};
  visit_compute_dtype("batch_norm", dtype, [&]<class P>(P) {
    if (mean.dtype() != dtype) {
      result.mean = empty(dtype);
      result.mean_rest = empty(DType::f64);
      kernels::split_means(mean.numel(), mean.data<double>(), result.mean.mutable_data<P>(),
                           result.mean_rest.mutable_data<double>());
    }
    visit_compute_dtype("batch_norm", variance.dtype(), [&]<class V>(V) {
      kernels::inverse_deviations(mean.numel(), variance.data<V>(), eps, result.inverse_deviation.mutable_data<P>());
    });
  });
  return result;
}

Tensor normalize(const Tensor& x, const Channels& channels) {
  const Rows rows = rows_of(x);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  visit_floating_dtype("batch_norm", x.dtype(), [&]<class T>(T) {
    kernels::batch_norm_normalize(rows.count, rows.channels, x.data<T>(), channels.of<compute_t<T>>(),
                                  y.mutable_data<T>());
  });
  return y;
}

Tensor normalize_batch(Call call) {
  const Tensor &x = call.input, &weight = call.weight, &bias = call.bias;
  const Rows rows = rows_of(x);
  Tensor mean = Tensor::empty({rows.channels}, DType::f64), variance = Tensor::empty({rows.channels}, DType::f64);
  visit_floating_dtype("batch_norm", x.dtype(), [&]<class T>(T) {
    kernels::batch_norm_statistics(rows.count, rows.channels, x.data<T>(), mean.mutable_data<double>(),
                                   variance.mutable_data<double>());
  });
  const Channels channels = channels_of(mean, variance, weight, bias, call.eps, call.slope);
  const Tensor y = normalize(x, channels);
  update_running(call.running_mean, call.running_var, mean, variance, weight.dtype(), call.momentum,
                 static_cast<double>(rows.count) / static_cast<double>(rows.count - 1));
  return record("batch_norm", y, {x, weight, bias},
                {{x, weight, bias, channels.mean, channels.mean_rest, channels.inverse_deviation}},
                [eps = call.eps, slope = call.slope](const Cotangents& c) {
                  const Channels saved{c.saved(3), c.saved(4), c.saved(5), c.saved(1), c.saved(2), slope};
                  return batch_norm_backward(c.grad(), c.saved(0), saved, eps);
                });
}

// With the running statistics, as constants.
Tensor normalize_running(const Call& call) {
  const Channels channels =
      channels_of(call.running_mean, call.running_var, call.weight, call.bias, call.eps, call.slope);
  return record("batch_norm", normalize(call.input, channels), {call.input, call.weight, call.bias},
                {{call.input, call.weight, call.bias}},
                [mean = channels.mean, inverse = channels.inverse_deviation, slope = call.slope](const Cotangents& c) {
                  return autograd::composite_vjp(
                      [=](const Tensors& in) {
                        const Tensor wide = in[0].to(in[1].dtype());
                        const Tensor v = (wide - per_channel(mean, wide)) * per_channel(in[1] * inverse, wide) +
                                         per_channel(in[2], wide);
                        return Tensors{activated(v, slope).to(in[0].dtype())};
                      },
                      {c.saved(0), c.saved(1), c.saved(2)}, c);
                });
}

// The arguments have been checked, and the input is no longer N x C x L.
Tensor normalized(Call call) {
  const Shape channels{call.input.dim(1)};
  const DType dtype = compute_dtype(call.input.dtype());
  if (!call.weight.defined()) call.weight = Tensor::ones(channels, dtype);
  if (!call.bias.defined()) call.bias = Tensor::zeros(channels, dtype);
  if (call.training && call.input.numel() > 0) return normalize_batch(call);
  if (call.training) {  // there are no statistics, and none are needed
    call.running_mean = Tensor::zeros(channels, dtype);
    call.running_var = Tensor::ones(channels, dtype);
  } else {  // training may go on and change the mean before backward, which has no need of the variance
    call.running_mean = call.running_mean.detach().clone();
    call.running_var = call.running_var.detach();
  }
  return normalize_running(call);
}

Tensor apply(const Call& call) {
  const auto& [op, input, running_mean, running_var, weight, bias, training, momentum, eps, slope] = call;
  check_floating(op, {{"input", input}});
  check(2 <= input.rank() && input.rank() <= 4, "{}: input must be N x C, N x C x L or N x C x H x W, given {}", op,
        input.shape());
  const Shape channels{input.dim(1)};
  const DType dtype = compute_dtype(input.dtype());
  for (const Argument& argument : {Argument{"running_mean", running_mean}, Argument{"running_var", running_var},
                                   Argument{"weight", weight}, Argument{"bias", bias}})
    if (argument.tensor.defined()) check_fits(op, argument, channels, dtype, {"input", input});
  for (const Tensor& running : {running_mean, running_var})
    check(!training || !running.defined() || !running.requires_grad(),
          "{}: running_mean and running_var are written to and must not require grad", op);
  check(!training || input.numel() == 0 || input.numel() / input.dim(1) > 1,
        "{}: more than 1 value per channel is needed in training, the input is {}", op, input.shape());
  check(training || (running_mean.defined() && running_var.defined()),
        "{}: evaluation needs running_mean and running_var", op);
  if (input.rank() == 3) {  // an image one pixel wide
    Call image = call;
    image.input = input.reshape({input.dim(0), input.dim(1), input.dim(2), 1});
    return apply(image).reshape(input.shape());
  }
  return autograd::as_one_op(op, {input, running_mean, running_var, weight, bias},
                             {{"training", training}, {"eps", eps}, {"negative_slope", slope}},
                             [&] { return normalized(call); });
}

}  // namespace

Tensor batch_norm(const Tensor& input, Tensor running_mean, Tensor running_var, const Tensor& weight,
                  const Tensor& bias, bool training, double momentum, double eps) {
  return apply({"batch_norm", input, running_mean, running_var, weight, bias, training, momentum, eps, identity});
}

Tensor batch_norm_leaky_relu(const Tensor& input, Tensor running_mean, Tensor running_var, const Tensor& weight,
                             const Tensor& bias, bool training, double momentum, double eps, double negative_slope) {
  check(negative_slope >= 0, "batch_norm_leaky_relu: negative_slope must be at least 0, given {}", negative_slope);
  return apply({"batch_norm_leaky_relu", input, running_mean, running_var, weight, bias, training, momentum, eps,
                negative_slope});
}

}  // namespace wisp
