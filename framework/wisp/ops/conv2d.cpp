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
  check(1 <= groups && groups <= std::int64_t{1} << 31, "{}: groups must be between 1 and 2^31, given {}", op, groups);
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
  const Size2d kernel(weight.dim(2), weight.dim(3)), stride = options.stride, dilation = options.dilation;
  const Size2d output = conv2d_output_size({input.dim(-2), input.dim(-1)}, kernel, options);
  const Padding2d p = options.padding.around(kernel, dilation);
  // The trio pads both sides alike; what `same` needs beyond that is put on before.
  const Tensor x = with_batch(pad2d(input, {.right = p.right - p.left, .bottom = p.bottom - p.top}));
  const Conv2dGeometry geometry{x.dim(0),
                                channels,
                                filters,
                                options.groups,
                                {x.dim(2), output.height, kernel.height, stride.height, p.top, dilation.height},
                                {x.dim(3), output.width, kernel.width, stride.width, p.left, dilation.width}};
  return like_input(with_bias(apply(geometry, x, weight), bias), input);
}

Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& options) {
  const std::int64_t filters = weight.rank() == 4 ? weight.dim(0) : 0;
  const std::int64_t channels = grouped_channels("conv_transpose2d", weight, options.groups);
  check_operands({"conv_transpose2d", input, weight, bias, options.groups, filters, channels});
  const Size2d kernel(weight.dim(2), weight.dim(3)), stride = options.stride, padding = options.padding;
  const Size2d output = conv_transpose2d_output_size({input.dim(-2), input.dim(-1)}, kernel, options);
  const Tensor y = with_batch(input);
  const Conv2dGeometry geometry{
      y.dim(0),
      channels,
      filters,
      options.groups,
      {output.height, y.dim(2), kernel.height, stride.height, padding.height, options.dilation.height},
      {output.width, y.dim(3), kernel.width, stride.width, padding.width, options.dilation.width}};
  return like_input(with_bias(grad_input(geometry, y, weight), bias), input);
}

}  // namespace wisp
