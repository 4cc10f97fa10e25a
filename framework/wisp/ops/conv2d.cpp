#include <wisp/ops/conv2d.h>

#include <algorithm>

#include <wisp/autograd/node.h>
#include <wisp/kernels/conv2d.h>
#include <wisp/ops/arithmetic.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;
using kernels::Conv2dAxis;
using kernels::Conv2dGeometry;

Shape input_shape(const Conv2dGeometry& g) { return {g.batch, g.channels, g.height.input, g.width.input}; }
Shape output_shape(const Conv2dGeometry& g) { return {g.batch, g.filters, g.height.output, g.width.output}; }
Shape weight_shape(const Conv2dGeometry& g) {
  return {g.filters, g.channels / g.groups, g.height.kernel, g.width.kernel};
}

// The trio as ops; shapes have been checked.
Tensor apply(const Conv2dGeometry& g, const Tensor& x, const Tensor& w);
Tensor grad_input(const Conv2dGeometry& g, const Tensor& y, const Tensor& w);
Tensor grad_weight(const Conv2dGeometry& g, const Tensor& x, const Tensor& y);

// Runs kernel(a, b) into a tensor of `shape`; the gradients of a and b are given by the other two maps.
template <class Kernel, class GradA, class GradB>
Tensor bilinear(const char* name, const Conv2dGeometry& g, const Shape& shape, const Tensor& a, const Tensor& b,
                Kernel kernel, GradA grad_a, GradB grad_b) {
  Tensor result = Tensor::empty(shape, a.dtype());
  visit_compute_dtype(name, a.dtype(),
                      [&]<class T>(T) { kernel(g, a.data<T>(), b.data<T>(), result.mutable_data<T>()); });
  return record(name, result, {a, b}, {{a, b}}, [=](const Cotangents& c) {
    return Tensors{c.needs(0) ? grad_a(g, c.grad(), c.saved(1)) : Tensor{},
                   c.needs(1) ? grad_b(g, c.grad(), c.saved(0)) : Tensor{}};
  });
}

Tensor apply(const Conv2dGeometry& g, const Tensor& x, const Tensor& w) {
  return bilinear(
      "conv2d", g, output_shape(g), x, w, [](auto&&... a) { kernels::conv2d(a...); },
      [](const auto& geometry, const Tensor& gy, const Tensor& weight) { return grad_input(geometry, gy, weight); },
      [](const auto& geometry, const Tensor& gy, const Tensor& input) { return grad_weight(geometry, input, gy); });
}

Tensor grad_input(const Conv2dGeometry& g, const Tensor& y, const Tensor& w) {
  return bilinear(
      "conv2d_grad_input", g, input_shape(g), y, w, [](auto&&... a) { kernels::conv2d_grad_input(a...); },
      [](const auto& geometry, const Tensor& gx, const Tensor& weight) { return apply(geometry, gx, weight); },
      [](const auto& geometry, const Tensor& gx, const Tensor& output) { return grad_weight(geometry, gx, output); });
}

Tensor grad_weight(const Conv2dGeometry& g, const Tensor& x, const Tensor& y) {
  return bilinear(
      "conv2d_grad_weight", g, weight_shape(g), x, y, [](auto&&... a) { kernels::conv2d_grad_weight(a...); },
      [](const auto& geometry, const Tensor& gw, const Tensor& output) { return grad_input(geometry, output, gw); },
      [](const auto& geometry, const Tensor& gw, const Tensor& input) { return apply(geometry, input, gw); });
}

constexpr std::int64_t largest_option = std::int64_t{1} << 31;

void check_range(const char* op, const char* name, const Size2d& value, std::int64_t least) {
  check(std::min(value.height, value.width) >= least && std::max(value.height, value.width) <= largest_option,
        "{}: {} must be between {} and 2^31, given {}", op, name, least, value);
}

struct Problem {
  const char* op;
  const Tensor& input;
  const Tensor& weight;
  const Tensor& bias;
  std::int64_t groups;
  std::int64_t input_channels;  // that the weight and groups expect
  std::int64_t output_channels;
};

void check_operands(const Problem& p) {
  const Shape &input = p.input.shape(), &weight = p.weight.shape();
  check(input.rank() == 4 || input.rank() == 3, "{}: input must be N x C x H x W or C x H x W (input {}, weight {})",
        p.op, input, weight);
  check(weight.rank() == 4, "{}: weight must have rank 4 (input {}, weight {})", p.op, input, weight);
  check(weight[2] >= 1 && weight[3] >= 1, "{}: the kernel must have at least 1x1 pixels (input {}, weight {})", p.op,
        input, weight);
  check(weight[0] >= 1 && weight[0] % p.groups == 0,
        "{}: groups must divide the weight's {} rows, given {} (input {}, weight {})", p.op, weight[0], p.groups, input,
        weight);
  check(input.dim(-3) == p.input_channels, "{}: weight expects {} input channels, input has {} (input {}, weight {})",
        p.op, p.input_channels, input.dim(-3), input, weight);
  check(!p.bias.defined() || p.bias.shape() == Shape{p.output_channels}, "{}: bias must have {} elements, given {}",
        p.op, p.output_channels, p.bias.defined() ? p.bias.shape() : Shape{});
  for (const Tensor& other : {p.weight, p.bias})
    check(!other.defined() || other.dtype() == p.input.dtype(),
          "{}: dtypes {} and {} are mixed; convert one with to(DType)", p.op, name_of(p.input.dtype()),
          other.defined() ? name_of(other.dtype()) : "");
}

// The channels on the far side of the weight, of all groups together.
std::int64_t grouped_channels(const char* op, const Tensor& weight, std::int64_t groups) {
  check(1 <= groups && groups <= largest_option, "{}: groups must be between 1 and 2^31, given {}", op, groups);
  return weight.rank() == 4 ? weight.dim(1) * groups : 0;
}

Tensor with_bias(const Tensor& y, const Tensor& bias) { return bias.defined() ? y + bias.reshape({-1, 1, 1}) : y; }

Tensor with_batch(const Tensor& x) { return x.rank() == 4 ? x : x.reshape({1, x.dim(0), x.dim(1), x.dim(2)}); }

Tensor like_input(const Tensor& y, const Tensor& input) {
  return input.rank() == 4 ? y : y.reshape({y.dim(1), y.dim(2), y.dim(3)});
}

}  // namespace

Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  const std::int64_t filters = weight.rank() == 4 ? weight.dim(0) : 0;
  const std::int64_t channels = grouped_channels("conv2d", weight, options.groups);
  check_operands({"conv2d", input, weight, bias, options.groups, channels, filters});
  check_range("conv2d", "stride", options.stride, 1);
  check_range("conv2d", "padding", options.padding, 0);
  check_range("conv2d", "dilation", options.dilation, 1);
  const auto axis = [&](const char* name, int dim, std::int64_t stride, std::int64_t padding, std::int64_t dilation) {
    Conv2dAxis a{input.dim(dim), 0, weight.dim(dim), stride, padding, dilation};
    const std::int64_t room = a.input + 2 * padding - dilation * (a.kernel - 1) - 1;
    check(room >= 0, "conv2d: {} {} + 2 x padding {} is less than the kernel's {} (kernel {}, dilation {})", name,
          a.input, padding, dilation * (a.kernel - 1) + 1, a.kernel, dilation);
    a.output = room / stride + 1;
    return a;
  };
  const Tensor x = with_batch(input);
  const Conv2dGeometry geometry{
      x.dim(0),
      channels,
      filters,
      options.groups,
      axis("height", -2, options.stride.height, options.padding.height, options.dilation.height),
      axis("width", -1, options.stride.width, options.padding.width, options.dilation.width)};
  return like_input(with_bias(apply(geometry, x, weight), bias), input);
}

Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& options) {
  const std::int64_t filters = weight.rank() == 4 ? weight.dim(0) : 0;
  const std::int64_t channels = grouped_channels("conv_transpose2d", weight, options.groups);
  check_operands({"conv_transpose2d", input, weight, bias, options.groups, filters, channels});
  check_range("conv_transpose2d", "stride", options.stride, 1);
  check_range("conv_transpose2d", "padding", options.padding, 0);
  check_range("conv_transpose2d", "dilation", options.dilation, 1);
  check_range("conv_transpose2d", "output_padding", options.output_padding, 0);
  const auto axis = [&](const char* name, int dim, std::int64_t stride, std::int64_t padding,
                        std::int64_t output_padding, std::int64_t dilation) {
    Conv2dAxis a{0, input.dim(dim), weight.dim(dim), stride, padding, dilation};
    check(a.output >= 1, "conv_transpose2d: the input's {} must be at least 1, given {}", name, a.output);
    check(output_padding < std::max(stride, dilation),
          "conv_transpose2d: output_padding must be smaller than stride or dilation, given {} with stride {} and "
          "dilation {}",
          output_padding, stride, dilation);
    a.input = (a.output - 1) * stride - 2 * padding + dilation * (a.kernel - 1) + output_padding + 1;
    check(a.input >= 1,
          "conv_transpose2d: {} {} gives {} pixels: (input - 1) x stride {} - 2 x padding {} + dilation {} x (kernel "
          "{} - 1) + output_padding {} + 1",
          name, a.output, a.input, stride, padding, dilation, a.kernel, output_padding);
    return a;
  };
  const Tensor y = with_batch(input);
  const Conv2dGeometry geometry{y.dim(0),
                                channels,
                                filters,
                                options.groups,
                                axis("height", -2, options.stride.height, options.padding.height,
                                     options.output_padding.height, options.dilation.height),
                                axis("width", -1, options.stride.width, options.padding.width,
                                     options.output_padding.width, options.dilation.width)};
  return like_input(with_bias(grad_input(geometry, y, weight), bias), input);
}

}  // namespace wisp
