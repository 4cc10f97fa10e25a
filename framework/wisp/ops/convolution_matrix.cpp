#include <wisp/ops/convolution_matrix.h>

#include <algorithm>
#include <vector>

#include <wisp/autograd/node.h>
#include <wisp/ops/arguments.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

struct Definition {
  Shape weight;  // filters, channels/groups, kh, kw
  Size2d input, output, stride, dilation;
  Padding2d padding;
  std::int64_t groups;

  std::int64_t rows() const { return Shape{weight[0], output.height, output.width}.numel(); }
  std::int64_t columns() const { return Shape{groups, weight[1], input.height, input.width}.numel(); }
};

// Calls visit(place in the weight's memory, place in the matrix's) for every product weight x pixel of the definition.
template <class Visit>
void visit_entries(const Definition& d, Visit visit) {
  if (d.weight.numel() == 0) return;
  const Strides step = strides(d.weight);
  const std::int64_t columns = d.columns();
  const std::int64_t filters = d.weight[0], channels = d.weight[1], group_filters = filters / d.groups;
  for (std::int64_t f = 0; f < filters; ++f)
    for (std::int64_t i = 0; i < d.output.height; ++i)
      for (std::int64_t j = 0; j < d.output.width; ++j) {
        const std::int64_t row = (f * d.output.height + i) * d.output.width + j;
        for (std::int64_t c = 0; c < channels; ++c)
          for (std::int64_t a = 0; a < d.weight[2]; ++a)
            for (std::int64_t b = 0; b < d.weight[3]; ++b) {
              const std::int64_t y = i * d.stride.height - d.padding.top + a * d.dilation.height;
              const std::int64_t x = j * d.stride.width - d.padding.left + b * d.dilation.width;
              if (y < 0 || y >= d.input.height || x < 0 || x >= d.input.width) continue;
              const std::int64_t channel = f / group_filters * channels + c;
              visit(f * step[0] + c * step[1] + a * step[2] + b * step[3],
                    row * columns + (channel * d.input.height + y) * d.input.width + x);
            }
      }
}

Tensor collect(const Definition& d, const Tensor& matrix);

// The weights at their places in the matrix, zeros elsewhere. Adjoint: collect.
Tensor spread(const Definition& d, const Tensor& weight) {
  Tensor matrix = Tensor::zeros({d.rows(), d.columns()}, weight.dtype());
  visit_compute_dtype("convolution_matrix", weight.dtype(), [&]<class T>(T) {
    const T* from = weight.data<T>();
    T* to = matrix.mutable_data<T>();
    visit_entries(d, [&](std::int64_t at, std::int64_t entry) { to[entry] = from[at]; });
  });
  return record("convolution_matrix", matrix, {weight}, {},
                [=](const Cotangents& c) { return Tensors{collect(d, c.grad())}; });
}

// For every weight the sum of the entries that hold it, in double. Adjoint: spread.
Tensor collect(const Definition& d, const Tensor& matrix) {
  Tensor weight = Tensor::empty(d.weight, matrix.dtype());
  visit_compute_dtype("convolution_matrix", matrix.dtype(), [&]<class T>(T) {
    const T* from = matrix.data<T>();
    std::vector<double> sums(static_cast<std::size_t>(weight.numel()));
    visit_entries(d, [&](std::int64_t at, std::int64_t entry) {
      sums[static_cast<std::size_t>(at)] += static_cast<double>(from[entry]);
    });
    std::transform(sums.begin(), sums.end(), weight.mutable_data<T>(), convert<T, double>);
  });
  return record("convolution_matrix_backward", weight, {matrix}, {},
                [=](const Cotangents& c) { return Tensors{spread(d, c.grad())}; });
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
  return spread({weight.shape(), input_size, output, options.stride, options.dilation,
                 options.padding.around(kernel, options.dilation), options.groups},
                weight);
}

}  // namespace wisp
