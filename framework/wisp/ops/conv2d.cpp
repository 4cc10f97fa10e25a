#include <wisp/ops/conv2d.h>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/kernels/conv2d.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>

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

// The trio as ops; shapes have been checked. Images have one dtype; a weight has the same, or is f32 where images are
// bf16: it is rounded for the multiplication, and its gradient comes out in f32.
Tensor apply(const Conv2dGeometry& g, const Tensor& x, const Tensor& w);
Tensor grad_input(const Conv2dGeometry& g, const Tensor& y, const Tensor& w);
Tensor grad_weight(const Conv2dGeometry& g, const Tensor& x, const Tensor& y, DType dtype);

// Without images or channels there is nothing to add up, and the kernels need not know.
bool has_products(const Tensor& a, const Tensor& b) { return a.numel() > 0 && b.numel() > 0; }

Tensor result_of(const Tensor& a, const Tensor& b, const Shape& shape, DType dtype) {
  return has_products(a, b) ? Tensor::empty(shape, dtype) : Tensor::zeros(shape, dtype);
}

Tensor apply(const Conv2dGeometry& g, const Tensor& x, const Tensor& w) {
  Tensor y = result_of(x, w, output_shape(g), x.dtype());
  const Tensor weight = detail::converted(w, x.dtype());
  visit_floating_dtype("conv2d", x.dtype(), [&]<class T>(T) {
    if (has_products(x, w)) kernels::conv2d(g, x.data<T>(), weight.data<T>(), y.mutable_data<T>());
  });
  return record("conv2d", y, {x, w}, {{x, w}}, [=, dtype = w.dtype()](const Cotangents& c) {
    return Tensors{c.needs(0) ? grad_input(g, c.grad(), c.saved(1)) : Tensor{},
                   c.needs(1) ? grad_weight(g, c.saved(0), c.grad(), dtype) : Tensor{}};
  });
}

Tensor grad_input(const Conv2dGeometry& g, const Tensor& y, const Tensor& w) {
  Tensor x = result_of(y, w, input_shape(g), y.dtype());
  const Tensor weight = detail::converted(w, y.dtype());
  visit_floating_dtype("conv2d_grad_input", y.dtype(), [&]<class T>(T) {
    if (has_products(y, w)) kernels::conv2d_grad_input(g, y.data<T>(), weight.data<T>(), x.mutable_data<T>());
  });
  return record("conv2d_grad_input", x, {y, w}, {{y, w}}, [=, dtype = w.dtype()](const Cotangents& c) {
    return Tensors{c.needs(0) ? apply(g, c.grad(), c.saved(1)) : Tensor{},
                   c.needs(1) ? grad_weight(g, c.grad(), c.saved(0), dtype) : Tensor{}};
  });
}

Tensor grad_weight(const Conv2dGeometry& g, const Tensor& x, const Tensor& y, DType dtype) {
  Tensor w = visit_floating_dtype("conv2d_grad_weight", x.dtype(), [&]<class T>(T) {
    Tensor result = result_of(x, y, weight_shape(g), dtype_of<compute_t<T>>);
    if (has_products(x, y))
      kernels::conv2d_grad_weight(g, x.data<T>(), y.data<T>(), result.mutable_data<compute_t<T>>());
    return result;
  });
  return record("conv2d_grad_weight", detail::converted(w, dtype), {x, y}, {{x, y}}, [=](const Cotangents& c) {
    return Tensors{c.needs(0) ? grad_input(g, c.saved(1), c.grad()) : Tensor{},
                   c.needs(1) ? apply(g, c.saved(0), c.grad()) : Tensor{}};
  });
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
  for (const Tensor& other : {p.weight, p.bias}) detail::check_mixed_dtypes(p.op, p.input, other);
}

// The channels on the far side of the weight, of all groups together.
std::int64_t grouped_channels(const char* op, const Tensor& weight, std::int64_t groups) {
  check(1 <= groups && groups <= std::int64_t{1} << 31, "{}: groups must be between 1 and 2^31, given {}", op, groups);
  return weight.rank() == 4 ? weight.dim(1) * groups : 0;
}

Tensor with_bias(const Tensor& y, const Tensor& bias) {
  return bias.defined() ? y + bias.to(y.dtype()).reshape({-1, 1, 1}) : y;
}

Tensor with_batch(const Tensor& x) { return x.rank() == 4 ? x : x.reshape({1, x.dim(0), x.dim(1), x.dim(2)}); }

Tensor like_input(const Tensor& y, const Tensor& input) {
  return input.rank() == 4 ? y : y.reshape({y.dim(1), y.dim(2), y.dim(3)});
}

}  // namespace

Tensor conv2d(const Tensor& given, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  check_floating("conv2d", {{"input", given}, {"weight", weight}});
  const Tensor input = autocast(given);
  const std::int64_t filters = weight.rank() == 4 ? weight.dim(0) : 0;
  const std::int64_t channels = grouped_channels("conv2d", weight, options.groups);
  check_operands({"conv2d", input, weight, bias, options.groups, channels, filters});
  const Size2d kernel(weight.dim(2), weight.dim(3)), stride = options.stride, dilation = options.dilation;
  const Size2d output = conv2d_output_size({input.dim(-2), input.dim(-1)}, kernel, options);
  check_size("conv2d", {input.rank() == 4 ? input.dim(0) : 1, filters, output.height, output.width});
  const Padding2d p = options.padding.around(kernel, dilation);
  if (options.padding_mode != PaddingMode::zeros) {
    const Tensor padded = pad2d(input, p, options.padding_mode);
    return conv2d(padded, weight, bias, {.stride = stride, .dilation = dilation, .groups = options.groups});
  }
  // The trio pads both sides alike; what `same` needs beyond that is put on before.
  const Tensor x = with_batch(pad2d(input, {.right = p.right - p.left, .bottom = p.bottom - p.top}));
  const Conv2dGeometry geometry{x.dim(0),
                                channels,
                                filters,
                                options.groups,
                                {x.dim(2), output.height, kernel.height, stride.height, p.top, dilation.height},
                                {x.dim(3), output.width, kernel.width, stride.width, p.left, dilation.width}};
  const Tensor y = autograd::as_one_op("conv2d", {x, weight, bias},
                                       {{"stride", detail::sides(stride)},
                                        {"padding", detail::sides({p.top, p.left})},
                                        {"dilation", detail::sides(dilation)},
                                        {"groups", options.groups}},
                                       [&] { return with_bias(apply(geometry, x, weight), bias); });
  return like_input(y, input);
}

Tensor conv_transpose2d(const Tensor& given, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& options) {
  check_floating("conv_transpose2d", {{"input", given}, {"weight", weight}});
  const Tensor input = autocast(given);
  const std::int64_t filters = weight.rank() == 4 ? weight.dim(0) : 0;
  const std::int64_t channels = grouped_channels("conv_transpose2d", weight, options.groups);
  check_operands({"conv_transpose2d", input, weight, bias, options.groups, filters, channels});
  const Size2d kernel(weight.dim(2), weight.dim(3)), stride = options.stride, padding = options.padding;
  const Size2d output = conv_transpose2d_output_size({input.dim(-2), input.dim(-1)}, kernel, options);
  const Tensor y = with_batch(input);
  check_size("conv_transpose2d", {y.dim(0), channels, output.height, output.width});
  const Conv2dGeometry geometry{
      y.dim(0),
      channels,
      filters,
      options.groups,
      {output.height, y.dim(2), kernel.height, stride.height, padding.height, options.dilation.height},
      {output.width, y.dim(3), kernel.width, stride.width, padding.width, options.dilation.width}};
  const Tensor x = autograd::as_one_op("conv_transpose2d", {y, weight, bias},
                                       {{"stride", detail::sides(stride)},
                                        {"padding", detail::sides(padding)},
                                        {"output_padding", detail::sides(options.output_padding)},
                                        {"groups", options.groups},
                                        {"dilation", detail::sides(options.dilation)}},
                                       [&] { return with_bias(grad_input(geometry, y, weight), bias); });
  return like_input(x, input);
}

}  // namespace wisp
