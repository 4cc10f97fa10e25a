#include <wisp/ops/pooling.h>

#include <algorithm>
#include <memory>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/kernels/pooling.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/choose.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using Axis = kernels::Conv2dAxis;

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
  // The window of a dilation beyond the image can step over it: only one of kernel 2 and padding 1 does, the first.
  if (dilation > input && padding > 0) {
    constexpr std::int64_t at = 0;
    bool any = false;
    kernels::visit_window(axis, at, [&](std::int64_t) { any = true; });
    check(any, "{}: window {} lies outside the image: {} {} with kernel {}, padding {}, dilation {}", op, at, name,
          input, kernel, padding, dilation);
  }
  return axis;
}

struct Axes {
  Axis height, width;
};

Axes window_axes(const char* op, const Tensor& x, Size2d kernel, Size2d stride, Size2d padding, Size2d dilation,
                 bool ceil_mode) {
  return {window_axis(op, "height", x.dim(2), kernel.height, stride.height, padding.height, dilation.height, ceil_mode),
          window_axis(op, "width", x.dim(3), kernel.width, stride.width, padding.width, dilation.width, ceil_mode)};
}

// The largest pixel of every window: the op is the choice of it, in the order of memory.
Tensor largest(const Tensor& x, const Axes& axes) {
  const Shape shape{x.dim(0), x.dim(1), axes.height.output, axes.width.output};
  Tensor places = Tensor::empty(shape, DType::i64);
  visit_floating_dtype("max_pool2d", x.dtype(), [&]<class T>(T) {
    kernels::largest_pixels(x.dim(0), x.dim(1), axes.height, axes.width, x.data<T>(),
                            places.mutable_data<std::int64_t>());
  });
  const kernels::Choice by_memory{Shape{shape.numel()}, 0, {1}, {1}, {1}};
  return detail::choose({"max_pool2d", "max_pool2d_backward", by_memory, x.shape(), shape}, x, places);
}

// What a mean over windows is made of: the shapes of the images and of the means, the pixels of every window, the
// windows that every pixel is in, and the number of pixels of a window, those outside the image included.
struct Windows {
  Shape from, to;
  kernels::Ranges rows, columns, rows_back, columns_back;
  double size;

  Windows adjoint() const { return {to, from, rows_back, columns_back, rows, columns, size}; }
};

std::shared_ptr<const Windows> windows_of(const Shape& images, const Axes& axes) {
  const auto& [height, width] = axes;
  const Shape means{images[0], images[1], height.output, width.output};
  const double size = static_cast<double>(height.kernel) * static_cast<double>(width.kernel);
  if (images.numel() == 0) return std::make_shared<const Windows>(Windows{images, means, {}, {}, {}, {}, size});
  return std::make_shared<const Windows>(Windows{images, means, kernels::pixels_of_windows(height),
                                                 kernels::pixels_of_windows(width), kernels::windows_of_pixels(height),
                                                 kernels::windows_of_pixels(width), size});
}

// The sum over each window, divided by its size. Adjoint: the same with the ranges back.
Tensor window_means(const Tensor& x, const std::shared_ptr<const Windows>& windows) {
  Tensor y = x.numel() > 0 ? Tensor::empty(windows->to, x.dtype()) : Tensor::zeros(windows->to, x.dtype());
  if (x.numel() > 0 && y.numel() > 0)
    visit_floating_dtype("avg_pool2d", x.dtype(), [&]<class T>(T) {
      kernels::window_means(x.dim(0), x.dim(2), x.dim(3), x.dim(1), windows->rows, windows->columns, windows->size,
                            x.data<T>(), y.mutable_data<T>());
    });
  return autograd::record("avg_pool2d", y, {x}, {}, [windows](const Cotangents& c) {
    return Tensors{window_means(c.grad(), std::make_shared<const Windows>(windows->adjoint()))};
  });
}

Tensor with_batch(const char* op, const Tensor& input) {
  check_floating(op, {{"input", input}});
  check(input.rank() == 4 || input.rank() == 3, "{}: input must be N x C x H x W or C x H x W, given {}", op,
        input.shape());
  return input.rank() == 4 ? input : input.reshape({1, input.dim(0), input.dim(1), input.dim(2)});
}

Tensor like_input(const Tensor& y, const Tensor& input) {
  return input.rank() == 4 ? y : y.reshape({y.dim(1), y.dim(2), y.dim(3)});
}

}  // namespace

Tensor max_pool2d(const Tensor& input, const Size2d& kernel_size, const MaxPool2dOptions& options) {
  const Size2d stride = options.stride.value_or(kernel_size);
  const Tensor x = with_batch("max_pool2d", input);
  const Axes axes =
      window_axes("max_pool2d", x, kernel_size, stride, options.padding, options.dilation, options.ceil_mode);
  const Tensor y = autograd::as_one_op("max_pool2d", {x},
                                       {{"kernel_size", detail::sides(kernel_size)},
                                        {"stride", detail::sides(stride)},
                                        {"padding", detail::sides(options.padding)},
                                        {"dilation", detail::sides(options.dilation)},
                                        {"ceil_mode", options.ceil_mode}},
                                       [&] { return largest(x, axes); });
  return like_input(y, input);
}

Tensor avg_pool2d(const Tensor& input, const Size2d& kernel_size, const AvgPool2dOptions& options) {
  const Size2d stride = options.stride.value_or(kernel_size);
  const Tensor x = with_batch("avg_pool2d", input);
  const Axes axes = window_axes("avg_pool2d", x, kernel_size, stride, options.padding, 1, false);
  const Tensor y = autograd::as_one_op("avg_pool2d", {x},
                                       {{"kernel_size", detail::sides(kernel_size)},
                                        {"stride", detail::sides(stride)},
                                        {"padding", detail::sides(options.padding)}},
                                       [&] { return window_means(x, windows_of(x.shape(), axes)); });
  return like_input(y, input);
}

}  // namespace wisp
