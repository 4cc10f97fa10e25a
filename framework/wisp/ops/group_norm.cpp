#include <wisp/ops/group_norm.h>

#include <algorithm>
#include <vector>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/kernels/group_norm.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

// The mean of x (N,C,H,W) over each group, for every channel of it: (N,C,1,1). Channels are averaged first, because
// they lie innermost in memory and a group would have to be gathered.
Tensor group_mean(const Tensor& x, std::int64_t num_groups) {
  const std::int64_t batch = x.dim(0), size = x.dim(1) / num_groups;
  const Tensor of_group = mean(mean(x, {2, 3}).reshape({batch, num_groups, size}), {2}, true);
  return broadcast_to(of_group, {batch, num_groups, size}).reshape({batch, x.dim(1), 1, 1});
}

// x less the mean of its group, which is not rounded on the way. Its own adjoint.
Tensor centered_groups(const Tensor& x, std::int64_t num_groups) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  visit_compute_dtype("group_norm", x.dtype(), [&]<class T>(T) {
    kernels::center_groups(x.dim(0), x.dim(2) * x.dim(3), x.dim(1), num_groups, x.data<T>(), y.mutable_data<T>());
  });
  return autograd::record("group_norm", y, {x}, {}, [num_groups](const autograd::Cotangents& c) {
    return Tensors{centered_groups(c.grad(), num_groups)};
  });
}

// Whether f32 is wide enough to compute with these variances: derivatives contain powers of variance + eps down to
// -5/2.
bool fits_f32(const Tensor& variance, double eps) {
  constexpr double least = 1e-14, most = 1e14;
  const std::vector<float> values = variance.values<float>();
  return std::all_of(values.begin(), values.end(), [eps](double value) {
    const double square = value + eps;
    return least <= square && square <= most;
  });
}

void check_arguments(const Tensor& input, std::int64_t num_groups, const Tensor& weight, const Tensor& bias) {
  check_floating("group_norm", {{"input", input}});
  check(input.rank() >= 2, "group_norm: input must be N x C x ..., given {}", input.shape());
  check(num_groups >= 1 && input.dim(1) % num_groups == 0,
        "group_norm: num_groups must be at least 1 and divide the {} channels, given {} (input {})", input.dim(1),
        num_groups, input.shape());
  const Shape channels{input.dim(1)};
  const DType dtype = compute_dtype(input.dtype());
  for (const Argument& argument : {Argument{"weight", weight}, Argument{"bias", bias}})
    if (argument.tensor.defined()) check_fits("group_norm", argument, channels, dtype, {"input", input});
}

// (x - mean) / sqrt(variance + eps) of an image that has pixels; in f64 where f32 is not wide enough.
Tensor standardized(const Tensor& image, std::int64_t num_groups, double eps) {
  Tensor centered, variance;
  for (const DType dtype : {compute_dtype(image.dtype()), DType::f64}) {
    centered = centered_groups(image.to(dtype), num_groups);
    variance = group_mean(square(centered), num_groups);
    if (dtype == DType::f64 || fits_f32(variance, eps)) break;
  }
  return centered * (1.0 / sqrt(variance + eps));
}

// The arguments have been checked.
Tensor normalized(const Tensor& input, std::int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps) {
  const std::int64_t batch = input.dim(0), channels = input.dim(1);
  if (channels == 0) return input.reshape(input.shape());
  const std::int64_t pixels = input.shape().with(0, 1).with(1, 1).numel();
  const Tensor image = input.rank() == 4 ? input : input.reshape({batch, channels, pixels, 1});
  Tensor y = image.numel() > 0 ? standardized(image, num_groups, eps) : image.to(compute_dtype(image.dtype()));
  const auto per_channel = [&](const Tensor& x) { return x.to(y.dtype()).reshape({-1, 1, 1}); };
  if (weight.defined()) y = y * per_channel(weight);
  if (bias.defined()) y = y + per_channel(bias);
  return y.to(input.dtype()).reshape(input.shape());
}

}  // namespace

Tensor group_norm(const Tensor& input, std::int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps) {
  check_arguments(input, num_groups, weight, bias);
  return autograd::as_one_op("group_norm", {input, weight, bias}, {{"num_groups", num_groups}, {"eps", eps}},
                             [&] { return normalized(input, num_groups, weight, bias, eps); });
}

}  // namespace wisp
