#include <wisp/ops/group_norm.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/batch_norm.h>
#include <wisp/kernels/profile.h>
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

// The same in double, for every channel one after the other: that of a constant is the constant.
template <class T>
std::vector<double> exact_group_means(const Tensor& x, std::int64_t num_groups) {
  const std::int64_t channels = x.dim(1), size = channels / num_groups, pixels = x.dim(2) * x.dim(3);
  std::vector<double> means(static_cast<std::size_t>(x.dim(0) * channels));
  parallel_for(x.dim(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      double* const of_image = means.data() + n * channels;
      Scratch<double> variances(channels);
      kernels::batch_norm_statistics(pixels, channels, x.data<T>() + n * pixels * channels, of_image, variances.data());
      for (double* group = of_image; group < of_image + channels; group += size) {
        const double first = std::isfinite(group[0]) ? group[0] : 0.0;
        double sum = 0;
        for (std::int64_t c = 0; c < size; ++c) sum += group[c] - first;
        std::fill_n(group, size, first + sum / static_cast<double>(size));
      }
    }
  });
  return means;
}

// to[c] = from[c] - means[c] for every pixel, in double.
template <class T>
void subtract_means(std::int64_t pixels, std::int64_t channels, const T* __restrict from,
                    const double* __restrict means, T* __restrict to) {
  for (std::int64_t i = 0; i < pixels; ++i, from += channels, to += channels)
    for (std::int64_t c = 0; c < channels; ++c) to[c] = static_cast<T>(static_cast<double>(from[c]) - means[c]);
}

// x less the mean of its group, which is not rounded on the way. Its own adjoint.
Tensor centered_groups(const Tensor& x, std::int64_t num_groups) {
  const kernels::KernelTimer timer("group_norm");
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  visit_compute_dtype("group_norm", x.dtype(), [&]<class T>(T) {
    const std::int64_t channels = x.dim(1), pixels = x.dim(2) * x.dim(3);
    const std::vector<double> means = exact_group_means<T>(x, num_groups);
    const T* const from = x.data<T>();
    T* const to = y.mutable_data<T>();
    parallel_for(x.dim(0), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n)
        subtract_means(pixels, channels, from + n * pixels * channels, means.data() + n * channels,
                       to + n * pixels * channels);
    });
  });
  return autograd::record("group_norm", y, {x}, {}, [num_groups](const autograd::Cotangents& c) {
    return Tensors{centered_groups(c.grad(), num_groups)};
  });
}

Tensor widened(const Tensor& x) { return x.defined() ? x.to(DType::f64) : x; }

// Whether f32 holds what is computed from such a divisor's square: its derivatives have powers of up to -5/2.
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
  for (const auto& [name, tensor] : {std::pair{"weight", weight}, std::pair{"bias", bias}})
    check(!tensor.defined() || (tensor.shape() == channels && tensor.dtype() == dtype),
          "group_norm: {} must be {} {}, given {} {} (input {} {})", name, name_of(dtype), channels,
          tensor.defined() ? name_of(tensor.dtype()) : "", tensor.defined() ? tensor.shape() : Shape{},
          name_of(input.dtype()), input.shape());
}

// The arguments have been checked.
Tensor normalized(const Tensor& input, std::int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps) {
  const std::int64_t batch = input.dim(0), channels = input.dim(1);
  if (channels == 0) return input.reshape(input.shape());
  const std::int64_t pixels = input.shape().with(0, 1).with(1, 1).numel();
  const Tensor image = input.rank() == 4 ? input : input.reshape({batch, channels, pixels, 1});
  const Tensor x = image.to(compute_dtype(input.dtype()));
  Tensor y = x;
  if (x.numel() > 0) {
    const Tensor centered = centered_groups(x, num_groups);
    const Tensor variance = group_mean(square(centered), num_groups);
    if (x.dtype() == DType::f32 && !fits_f32(variance, eps))
      return normalized(input.to(DType::f64), num_groups, widened(weight), widened(bias), eps).to(input.dtype());
    y = centered * (1.0 / sqrt(variance + eps));
  }
  if (weight.defined()) y = y * weight.reshape({-1, 1, 1});
  if (bias.defined()) y = y + bias.reshape({-1, 1, 1});
  return y.to(input.dtype()).reshape(input.shape());
}

}  // namespace

Tensor group_norm(const Tensor& input, std::int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps) {
  check_arguments(input, num_groups, weight, bias);
  return autograd::as_one_op(
      "group_norm",
      [&] {
        return autograd::CalledWith{{input, weight, bias}, {{"num_groups", num_groups}, {"eps", eps}}};
      },
      [&] { return normalized(input, num_groups, weight, bias, eps); });
}

}  // namespace wisp
