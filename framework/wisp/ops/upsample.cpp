#include <wisp/ops/upsample.h>

#include <algorithm>
#include <cmath>

#include <wisp/ops/arguments.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

void check_arguments(const char* op, const Tensor& x, std::int64_t scale) {
  check_floating(op, {{"input", x}});
  check(x.rank() == 4, "{}: input must be N x C x H x W, given {}", op, x.shape());
  check(scale >= 1, "{}: scale must be at least 1, given {}", op, scale);
}

// The (scale size, size) matrix of linear interpolation along one axis.
Tensor interpolation_matrix(std::int64_t size, std::int64_t scale, DType dtype) {
  std::vector<double> weights(static_cast<std::size_t>(scale * size * size), 0.0);
  for (std::int64_t i = 0; i < scale * size; ++i) {
    const double position = (static_cast<double>(i) + 0.5) / static_cast<double>(scale) - 0.5;
    const double clamped = std::clamp(position, 0.0, static_cast<double>(size - 1));
    const auto left = static_cast<std::int64_t>(clamped), right = std::min(left + 1, size - 1);
    const double fraction = clamped - static_cast<double>(left);
    weights[static_cast<std::size_t>(i * size + left)] += 1.0 - fraction;
    weights[static_cast<std::size_t>(i * size + right)] += fraction;
  }
  return Tensor::from({scale * size, size}, weights).to(dtype);
}

}  // namespace

Tensor upsample_nearest2d(const Tensor& x, std::int64_t scale) {
  check_arguments("upsample_nearest2d", x, scale);
  const std::int64_t batch = x.dim(0), channels = x.dim(1), height = x.dim(2), width = x.dim(3);
  const Tensor repeated =
      broadcast_to(x.reshape({batch, channels, height, 1, width, 1}), {batch, channels, height, scale, width, scale});
  return repeated.reshape({batch, channels, height * scale, width * scale});
}

Tensor upsample_bilinear2d(const Tensor& x, std::int64_t scale) {
  check_arguments("upsample_bilinear2d", x, scale);
  check(x.dim(2) >= 1 && x.dim(3) >= 1, "upsample_bilinear2d: the image ({}) has no pixels", x.shape());
  const Autocast off(false);  // not a matrix product to its user
  const Tensor down = interpolation_matrix(x.dim(2), scale, x.dtype());
  const Tensor along = interpolation_matrix(x.dim(3), scale, x.dtype()).permute({1, 0});
  return matmul(matmul(down, x), along);
}

Tensor bilinear_kernel(std::int64_t channels, std::int64_t kernel_size, std::int64_t groups) {
  check(
      channels >= 1 && kernel_size >= 1 && groups >= 1 && channels % groups == 0,
      "bilinear_kernel: channels, kernel size and groups must be at least 1 and groups divide the channels, given {}, "
      "{} and {}",
      channels, kernel_size, groups);
  const std::int64_t per_group = channels / groups;
  const Shape shape{channels, per_group, kernel_size, kernel_size};
  const double factor = static_cast<double>((kernel_size + 1) / 2), centre = static_cast<double>(kernel_size - 1) / 2;
  const auto weight = [&](std::int64_t i) { return 1 - std::abs(static_cast<double>(i) - centre) / factor; };
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < kernel_size; ++i)
      for (std::int64_t j = 0; j < kernel_size; ++j)
        values[static_cast<std::size_t>(((c * per_group + c % per_group) * kernel_size + i) * kernel_size + j)] =
            weight(i) * weight(j);
  return Tensor::from(shape, values).to(DType::f32);
}

}  // namespace wisp
