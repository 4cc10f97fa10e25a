#include <wisp/ops/pooling.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include <wisp/autograd/node.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/conv2d.h>
#include <wisp/ops/autocast.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using Axis = kernels::Conv2dAxis;

// For each output element, where in the input's memory it comes from.
using Indices = std::shared_ptr<const std::vector<std::int64_t>>;

Tensor scatter(const Tensor& y, const Shape& shape, const Indices& indices);

// y[i] = x[indices[i]]. Adjoint: scatter.
Tensor gather(const Tensor& x, const Shape& shape, const Indices& indices) {
  Tensor y = Tensor::empty(shape, x.dtype());
  visit_floating_dtype("max_pool2d", x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>();
    T* to = y.mutable_data<T>();
    for (std::size_t i = 0; i < indices->size(); ++i) to[i] = from[(*indices)[i]];
  });
  return autograd::record("max_pool2d", y, {x}, {}, [=, from = x.shape()](const Cotangents& c) {
    return Tensors{scatter(c.grad(), from, indices)};
  });
}

template <class T>
void add_to(T& sum, T term) {
  sum = T(widen(sum) + widen(term));
}

// x[indices[i]] += y[i], from zero. Adjoint: gather.
Tensor scatter(const Tensor& y, const Shape& shape, const Indices& indices) {
  Tensor x = Tensor::zeros(shape, y.dtype());
  visit_floating_dtype("max_pool2d", y.dtype(), [&]<class T>(T) {
    const T* from = y.data<T>();
    T* to = x.mutable_data<T>();
    for (std::size_t i = 0; i < indices->size(); ++i) add_to(to[(*indices)[i]], from[i]);
  });
  return autograd::record("max_pool2d_backward", x, {y}, {}, [=, from = y.shape()](const Cotangents& c) {
    return Tensors{gather(c.grad(), from, indices)};
  });
}

// Calls visit(position in the image) for the pixels of window `at` that lie inside.
template <class Visit>
void visit_window(const Axis& axis, std::int64_t at, Visit visit) {
  for (std::int64_t k = 0; k < axis.kernel; ++k) {
    const std::int64_t position = at * axis.stride - axis.padding + k * axis.dilation;
    if (0 <= position && position < axis.input) visit(position);
  }
}

Axis window_axis(const char* op, const char* name, std::int64_t input, std::int64_t kernel, std::int64_t stride,
                 std::int64_t padding, std::int64_t dilation, bool ceil_mode) {
  constexpr std::int64_t largest_option = std::int64_t{1} << 31;
  const auto [least, most] = std::minmax({kernel, stride, dilation});
  check(least >= 1 && most <= largest_option,
        "{}: kernel size, stride and dilation must be between 1 and 2^31, given {}, {} and {} ({})", op, kernel, stride,
        dilation, name);
  check(0 <= padding && padding <= kernel / 2, "{}: padding must be between 0 and half the kernel size {}, given {}",
        op, kernel, padding);
  const std::int64_t room = input + 2 * padding - dilation * (kernel - 1) - 1;
  check(room >= 0, "{}: {} {} + 2 x padding {} is less than the window's {}", op, name, input, padding,
        dilation * (kernel - 1) + 1);
  Axis axis{input, (room + (ceil_mode ? stride - 1 : 0)) / stride + 1, kernel, stride, padding, dilation};
  if (ceil_mode && (axis.output - 1) * stride >= input + padding) --axis.output;
  for (std::int64_t at = 0; at < axis.output; ++at) {  // padding and dilation together can step over the image
    bool any = false;
    visit_window(axis, at, [&](std::int64_t) { any = true; });
    check(any, "{}: window {} lies outside the image: {} {} with kernel {}, padding {}, dilation {}", op, at, name,
          input, kernel, padding, dilation);
  }
  return axis;
}

template <class T>
Indices largest(const Tensor& image, const Axis& height, const Axis& width) {
  const std::int64_t batch = image.dim(0), channels = image.dim(1);
  auto indices = std::make_shared<std::vector<std::int64_t>>(
      static_cast<std::size_t>(batch * height.output * width.output * channels));
  const T* x = image.data<T>();
  std::int64_t* out = indices->data();
  parallel_for(batch * height.output, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      for (std::int64_t j = 0; j < width.output; ++j)
        for (std::int64_t c = 0; c < channels; ++c) {
          std::int64_t best = -1;
          visit_window(height, row % height.output, [&](std::int64_t h) {
            visit_window(width, j, [&](std::int64_t w) {
              const std::int64_t at = ((row / height.output * height.input + h) * width.input + w) * channels + c;
              if (best < 0 || widen(x[at]) > widen(x[best]) || std::isnan(widen(x[at]))) best = at;
            });
          });
          out[(row * width.output + j) * channels + c] = best;
        }
  });
  return indices;
}

Tensor with_batch(const char* op, const Tensor& input) {
  check(input.rank() == 4 || input.rank() == 3, "{}: input must be N x C x H x W or C x H x W, given {}", op,
        input.shape());
  return input.rank() == 4 ? input : input.reshape({1, input.dim(0), input.dim(1), input.dim(2)});
}

}  // namespace

Tensor max_pool2d(const Tensor& input, const Size2d& kernel_size, const MaxPool2dOptions& options) {
  const Size2d stride = options.stride.value_or(kernel_size);
  const Tensor x = with_batch("max_pool2d", input);
  const Axis height = window_axis("max_pool2d", "height", x.dim(2), kernel_size.height, stride.height,
                                  options.padding.height, options.dilation.height, options.ceil_mode);
  const Axis width = window_axis("max_pool2d", "width", x.dim(3), kernel_size.width, stride.width,
                                 options.padding.width, options.dilation.width, options.ceil_mode);
  const Indices indices =
      visit_floating_dtype("max_pool2d", x.dtype(), [&]<class T>(T) { return largest<T>(x, height, width); });
  const Tensor y = gather(x, {x.dim(0), x.dim(1), height.output, width.output}, indices);
  return input.rank() == 4 ? y : y.reshape({y.dim(1), y.dim(2), y.dim(3)});
}

Tensor avg_pool2d(const Tensor& input, const Size2d& kernel_size, const AvgPool2dOptions& options) {
  const Size2d stride = options.stride.value_or(kernel_size);
  const Tensor x = with_batch("avg_pool2d", input);
  window_axis("avg_pool2d", "height", x.dim(2), kernel_size.height, stride.height, options.padding.height, 1, false);
  window_axis("avg_pool2d", "width", x.dim(3), kernel_size.width, stride.width, options.padding.width, 1, false);
  // A convolution of each channel on its own with a kernel of equal weights.
  const Tensor images = x.reshape({x.dim(0) * x.dim(1), 1, x.dim(2), x.dim(3)});
  const Autocast off(false);  // not a matrix product to its user
  const double window = static_cast<double>(kernel_size.height * kernel_size.width);
  const Tensor weight = Tensor::full({1, 1, kernel_size.height, kernel_size.width}, 1.0 / window, x.dtype());
  const Tensor y = conv2d(images, weight, {}, {.stride = stride, .padding = options.padding});
  const Shape shape{x.dim(0), x.dim(1), y.dim(2), y.dim(3)};
  return input.rank() == 4 ? y.reshape(shape) : y.reshape({shape[1], shape[2], shape[3]});
}

}  // namespace wisp
