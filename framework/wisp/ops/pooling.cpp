#include <wisp/ops/pooling.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/conv2d.h>
#include <wisp/ops/arguments.h>

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

// x[indices[i]] += y[i], from zero, in double. Adjoint: gather.
Tensor scatter(const Tensor& y, const Shape& shape, const Indices& indices) {
  Tensor x = Tensor::empty(shape, y.dtype());
  visit_floating_dtype("max_pool2d", y.dtype(), [&]<class T>(T) {
    const T* from = y.data<T>();
    Scratch<double> scratch(x.numel());
    double* const sums = scratch.data();
    std::fill_n(sums, x.numel(), 0.0);
    for (std::size_t i = 0; i < indices->size(); ++i) sums[(*indices)[i]] += convert<double>(from[i]);
    std::transform(sums, sums + x.numel(), x.mutable_data<T>(), convert<T, double>);
  });
  return autograd::record("max_pool2d_backward", x, {y}, {}, [=, from = y.shape()](const Cotangents& c) {
    return Tensors{gather(c.grad(), from, indices)};
  });
}

// Calls visit(position in the image) for the pixels of window `at` that lie inside.
template <class Visit>
void visit_window(const Axis& axis, std::int64_t at, Visit visit) {
  const std::int64_t start = at * axis.stride - axis.padding, end = start + axis.kernel * axis.dilation;
  const std::int64_t outside = start < 0 ? divide_up(-start, axis.dilation) : 0;
  for (std::int64_t position = start + outside * axis.dilation; position < std::min(end, axis.input);
       position += axis.dilation)
    visit(position);
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
  // The window of a dilation beyond the image can step over it: only one of kernel 2 and padding 1 does, the first.
  if (dilation > input && padding > 0) {
    constexpr std::int64_t at = 0;
    bool any = false;
    visit_window(axis, at, [&](std::int64_t) { any = true; });
    check(any, "{}: window {} lies outside the image: {} {} with kernel {}, padding {}, dilation {}", op, at, name,
          input, kernel, padding, dilation);
  }
  return axis;
}

template <class T>
Indices largest(const Tensor& image, const Shape& shape, const Axis& height, const Axis& width) {
  const std::int64_t batch = image.dim(0), channels = image.dim(1);
  auto indices = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(shape.numel()));
  if (indices->empty()) return indices;
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

// For each element along an axis those along the other axis that it is the sum of: [first, last).
using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

// What a mean over windows is made of: the shapes of the images and of the means, the pixels of every window, the
// windows that every pixel is in (no ranges where there is nothing), and the number of pixels of a window, those
// outside the image included.
struct Windows {
  Shape from, to;
  Ranges rows, columns, rows_back, columns_back;
  double size;

  Windows adjoint() const { return {to, from, rows_back, columns_back, rows, columns, size}; }
};

Ranges pixels_of_windows(const Axis& axis) {
  Ranges ranges;
  for (std::int64_t at = 0; at < axis.output; ++at) {
    const std::int64_t first = at * axis.stride - axis.padding;
    ranges.emplace_back(std::max<std::int64_t>(first, 0), std::min(first + axis.kernel, axis.input));
  }
  return ranges;
}

Ranges windows_of_pixels(const Axis& axis) {
  Ranges ranges;
  for (std::int64_t at = 0; at < axis.input; ++at) {
    const std::int64_t last = at + axis.padding;  // where the last window begins that may hold it
    ranges.emplace_back(divide_up(std::max<std::int64_t>(last - axis.kernel + 1, 0), axis.stride),
                        std::min(last / axis.stride + 1, axis.output));
  }
  return ranges;
}

// y[n, c, i, j] = sum of x[n, c, rows[i], columns[j]] / size, in double. Adjoint: the same with the ranges back.
Tensor window_means(const Tensor& x, const std::shared_ptr<const Windows>& windows) {
  const std::int64_t channels = x.dim(1), height = windows->to[2], width = windows->to[3];
  Tensor y = x.numel() > 0 ? Tensor::empty(windows->to, x.dtype()) : Tensor::zeros(windows->to, x.dtype());
  if (x.numel() > 0 && y.numel() > 0)
    visit_floating_dtype("avg_pool2d", x.dtype(), [&]<class T>(T) {
      const T* const in = x.data<T>();
      T* const out = y.mutable_data<T>();
      Scratch<double> scratch(x.dim(0) * height * channels);
      double* const all_sums = scratch.data();
      parallel_for(x.dim(0) * height, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          double* const sums = all_sums + row * channels;
          const auto [top, bottom] = windows->rows[static_cast<std::size_t>(row % height)];
          for (std::int64_t j = 0; j < width; ++j) {
            const auto [left, right] = windows->columns[static_cast<std::size_t>(j)];
            std::fill_n(sums, channels, 0.0);
            for (std::int64_t h = top; h < bottom; ++h) {
              const T* from = in + ((row / height * x.dim(2) + h) * x.dim(3) + left) * channels;
              for (std::int64_t w = left; w < right; ++w)
                for (std::int64_t c = 0; c < channels; ++c) sums[c] += convert<double>(*from++);
            }
            T* const to = out + (row * width + j) * channels;
            for (std::int64_t c = 0; c < channels; ++c) to[c] = convert<T>(sums[c] / windows->size);
          }
        }
      });
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

}  // namespace

Tensor max_pool2d(const Tensor& input, const Size2d& kernel_size, const MaxPool2dOptions& options) {
  const Size2d stride = options.stride.value_or(kernel_size);
  const Tensor x = with_batch("max_pool2d", input);
  const Axis height = window_axis("max_pool2d", "height", x.dim(2), kernel_size.height, stride.height,
                                  options.padding.height, options.dilation.height, options.ceil_mode);
  const Axis width = window_axis("max_pool2d", "width", x.dim(3), kernel_size.width, stride.width,
                                 options.padding.width, options.dilation.width, options.ceil_mode);
  const Shape shape{x.dim(0), x.dim(1), height.output, width.output};
  const Indices indices =
      visit_floating_dtype("max_pool2d", x.dtype(), [&]<class T>(T) { return largest<T>(x, shape, height, width); });
  const Tensor y = autograd::as_one_op(
      "max_pool2d",
      [&] {
        return autograd::CalledWith{{x},
                                    {{"kernel_size", sides(kernel_size)},
                                     {"stride", sides(stride)},
                                     {"padding", sides(options.padding)},
                                     {"dilation", sides(options.dilation)},
                                     {"ceil_mode", options.ceil_mode}}};
      },
      [&] { return gather(x, shape, indices); });
  return input.rank() == 4 ? y : y.reshape({y.dim(1), y.dim(2), y.dim(3)});
}

Tensor avg_pool2d(const Tensor& input, const Size2d& kernel_size, const AvgPool2dOptions& options) {
  const Size2d stride = options.stride.value_or(kernel_size);
  const Tensor x = with_batch("avg_pool2d", input);
  const Axis height = window_axis("avg_pool2d", "height", x.dim(2), kernel_size.height, stride.height,
                                  options.padding.height, 1, false);
  const Axis width =
      window_axis("avg_pool2d", "width", x.dim(3), kernel_size.width, stride.width, options.padding.width, 1, false);
  const double size = static_cast<double>(kernel_size.height) * static_cast<double>(kernel_size.width);
  const Shape means{x.dim(0), x.dim(1), height.output, width.output};
  const auto ranges = [&](auto make, const Axis& axis) { return x.numel() == 0 ? Ranges{} : make(axis); };
  const Tensor y = autograd::as_one_op(
      "avg_pool2d",
      [&] {
        return autograd::CalledWith{
            {x}, {{"kernel_size", sides(kernel_size)}, {"stride", sides(stride)}, {"padding", sides(options.padding)}}};
      },
      [&] {
        return window_means(
            x, std::make_shared<const Windows>(
                   Windows{x.shape(), means, ranges(pixels_of_windows, height), ranges(pixels_of_windows, width),
                           ranges(windows_of_pixels, height), ranges(windows_of_pixels, width), size}));
      });
  return input.rank() == 4 ? y : y.reshape({y.dim(1), y.dim(2), y.dim(3)});
}

}  // namespace wisp
