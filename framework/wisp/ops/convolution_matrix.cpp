#include <wisp/ops/convolution_matrix.h>

#include <wisp/autograd/node.h>
#include <wisp/kernels/convolution_matrix.h>
#include <wisp/ops/arguments.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

using kernels::Conv2dGeometry;

Tensor collect(const Conv2dGeometry& g, const Tensor& matrix);

// The weights at their places in the matrix, zeros elsewhere. Adjoint: collect.
Tensor spread(const Conv2dGeometry& g, const Tensor& weight) {
  Tensor matrix = Tensor::zeros(
      {g.filters * g.height.output * g.width.output, g.channels * g.height.input * g.width.input}, weight.dtype());
  visit_compute_dtype("convolution_matrix", weight.dtype(),
                      [&]<class T>(T) { kernels::spread_weights(g, weight.data<T>(), matrix.mutable_data<T>()); });
  return record("convolution_matrix", matrix, {weight}, {},
                [=](const Cotangents& c) { return Tensors{collect(g, c.grad())}; });
}

// For every weight the sum of the entries that hold it. Adjoint: spread.
Tensor collect(const Conv2dGeometry& g, const Tensor& matrix) {
  Tensor weight = Tensor::empty({g.filters, g.channels / g.groups, g.height.kernel, g.width.kernel}, matrix.dtype());
  visit_compute_dtype("convolution_matrix", matrix.dtype(),
                      [&]<class T>(T) { kernels::collect_weights(g, matrix.data<T>(), weight.mutable_data<T>()); });
  return record("convolution_matrix_backward", weight, {matrix}, {},
                [=](const Cotangents& c) { return Tensors{spread(g, c.grad())}; });
}

}  // namespace

Tensor convolution_matrix(const Tensor& weight, Size2d input_size, const Conv2dOptions& options) {
  check_floating("convolution_matrix", {{"weight", weight}});
  check(weight.rank() == 4, "convolution_matrix: weight must have rank 4, given {}", weight.shape());
  check(options.groups >= 1 && weight.dim(0) >= 1 && weight.dim(0) % options.groups == 0,
        "convolution_matrix: groups must divide the weight's {} rows, given {} (weight {})", weight.dim(0),
        options.groups, weight.shape());
  const Size2d kernel(weight.dim(2), weight.dim(3));
  const Size2d output = conv2d_output_size(input_size, kernel, options, "convolution_matrix");
  check_size("convolution_matrix", {weight.dim(0), output.height, output.width, options.groups, weight.dim(1),
                                    input_size.height, input_size.width});
  const Padding2d padding = options.padding.around(kernel, options.dilation);
  const Size2d stride = options.stride, dilation = options.dilation;
  return spread({1,
                 weight.dim(1) * options.groups,
                 weight.dim(0),
                 options.groups,
                 {input_size.height, output.height, kernel.height, stride.height, padding.top, dilation.height},
                 {input_size.width, output.width, kernel.width, stride.width, padding.left, dilation.width}},
                weight);
}

}  // namespace wisp
