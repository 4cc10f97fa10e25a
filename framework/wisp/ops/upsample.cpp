#include <wisp/ops/upsample.h>

#include <algorithm>
#include <cmath>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/kernels/interpolate.h>
#include <wisp/kernels/profile.h>
#include <wisp/ops/arguments.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

struct Method {
  const char* name;
  const char* backward;
  kernels::InterpolationAxis (*axis)(std::int64_t input, std::int64_t scale);
};

constexpr Method nearest{"upsample_nearest2d", "upsample_nearest2d_backward", kernels::nearest_axis};
constexpr Method bilinear{"upsample_bilinear2d", "upsample_bilinear2d_backward", kernels::linear_axis};

void check_arguments(const char* op, const Tensor& x, std::int64_t scale) {
  constexpr std::int64_t largest = std::int64_t{1} << 62;
  check_defined(op, {{"input", x}});
  check(x.rank() == 4, "{}: input must be N x C x H x W, given {}", op, x.shape());
  check(scale >= 1, "{}: scale must be at least 1, given {}", op, scale);
  check(std::max(x.dim(2), x.dim(3)) <= largest / scale, "{}: {} is too large for scale {}", op, x.shape(), scale);
  check_size(op, {x.dim(0), x.dim(1), x.dim(2) * scale, x.dim(3) * scale});
}

Tensor adjoint(const Method& method, const Tensor& y, const Shape& shape, std::int64_t scale);

// Adjoint: adjoint.
Tensor upsample(const Method& method, const Tensor& x, std::int64_t scale) {
  const kernels::KernelTimer timer("upsample", [&] { return kernels::KernelCall{.description = method.name}; });
  const std::int64_t height = x.dim(2), width = x.dim(3);
  Tensor y = Tensor::empty({x.dim(0), x.dim(1), height * scale, width * scale}, x.dtype());
  if (y.numel() > 0)
    visit_dtype(x.dtype(), [&]<class T>(T) {
      kernels::interpolate({x.dim(0), x.dim(1), method.axis(height, scale), method.axis(width, scale)}, x.data<T>(),
                           y.mutable_data<T>());
    });
  return record(method.name, y, {x}, {}, [=, shape = x.shape()](const Cotangents& c) {
    return Tensors{adjoint(method, c.grad(), shape, scale)};
  });
}

// Adjoint: upsample.
Tensor adjoint(const Method& method, const Tensor& y, const Shape& shape, std::int64_t scale) {
  const kernels::KernelTimer timer("upsample", [&] { return kernels::KernelCall{.description = method.backward}; });
  Tensor x = Tensor::empty(shape, y.dtype());
  if (x.numel() > 0)
    visit_floating_dtype(method.name, y.dtype(), [&]<class T>(T) {
      kernels::interpolate_adjoint({shape[0], shape[1], method.axis(shape[2], scale), method.axis(shape[3], scale)},
                                   y.data<T>(), x.mutable_data<T>());
    });
  return record(method.backward, x, {y}, {},
                [=](const Cotangents& c) { return Tensors{upsample(method, c.grad(), scale)}; });
}

Tensor upsampled(const Method& method, const Tensor& x, std::int64_t scale) {
  return autograd::as_one_op(method.name, {x}, {{"scale", scale}}, [&] { return upsample(method, x, scale); });
}

}  // namespace

Tensor upsample_nearest2d(const Tensor& x, std::int64_t scale) {
  check_arguments("upsample_nearest2d", x, scale);
  return upsampled(nearest, x, scale);
}

Tensor upsample_bilinear2d(const Tensor& x, std::int64_t scale) {
  check_arguments("upsample_bilinear2d", x, scale);
  check(x.dim(2) >= 1 && x.dim(3) >= 1, "upsample_bilinear2d: the image ({}) has no pixels", x.shape());
  check_floating("upsample_bilinear2d", {{"input", x}});
  return upsampled(bilinear, x, scale);
}

Tensor bilinear_kernel(std::int64_t channels, std::int64_t kernel_size, std::int64_t groups) {
  check(
      channels >= 1 && kernel_size >= 1 && groups >= 1 && channels % groups == 0,
      "bilinear_kernel: channels, kernel size and groups must be at least 1 and groups divide the channels, given {}, "
      "{} and {}",
      channels, kernel_size, groups);
  const std::int64_t per_group = channels / groups;
  check_size("bilinear_kernel", {channels, per_group, kernel_size, kernel_size});
  const Shape shape{channels, per_group, kernel_size, kernel_size};
  const double factor = static_cast<double>((kernel_size + 1) / 2), centre = static_cast<double>(kernel_size - 1) / 2;
  const auto weight = [&](std::int64_t i) { return 1 - std::abs(static_cast<double>(i) - centre) / factor; };
  Tensor kernel = Tensor::zeros({channels * per_group, kernel_size, kernel_size});
  float* const values = kernel.mutable_data<float>();
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < kernel_size; ++i)
      for (std::int64_t j = 0; j < kernel_size; ++j)
        values[((c * per_group + c % per_group) * kernel_size + i) * kernel_size + j] =
            static_cast<float>(weight(i) * weight(j));
  return kernel.reshape(shape);
}

}  // namespace wisp
