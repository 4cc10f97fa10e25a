#include <wisp/ops/conv2d_options.h>

#include <algorithm>

namespace wisp {
namespace {

constexpr std::int64_t largest = std::int64_t{1} << 31;

void check_range(const char* op, const char* name, const Size2d& value, std::int64_t least) {
  check(std::min(value.height, value.width) >= least && std::max(value.height, value.width) <= largest,
        "{}: {} must be between {} and 2^31, given {}", op, name, least, value);
}

// One axis of the options.
struct Axis {
  const char* name;
  std::int64_t input, kernel, stride, dilation;
  std::int64_t reach() const { return dilation * (kernel - 1) + 1; }
};

std::int64_t conv2d_axis(const char* op, const Axis& a, std::int64_t before, std::int64_t after) {
  const std::int64_t room = a.input + before + after - a.reach();
  check(room >= 0,
        "{}: {} {} + padding {} + {} is less than the kernel's {} (kernel {}, dilation {}); it takes a {} of {} or "
        "more",
        op, a.name, a.input, before, after, a.reach(), a.kernel, a.dilation, a.name, a.input - room);
  return room / a.stride + 1;
}

// Without output_padding; may be below 1.
std::int64_t transposed_axis(const Axis& a, std::int64_t padding) {
  return (a.input - 1) * a.stride - 2 * padding + a.reach();
}

std::int64_t largest_output_padding(const Axis& a) { return std::max(a.stride, a.dilation) - 1; }

struct Axes {
  Axis height, width;
};

// Throws Error in the name of `op` where a number is out of range.
Axes checked_axes(const char* op, Size2d input, std::int64_t least_input, Size2d kernel, Size2d stride,
                  Size2d dilation) {
  check_range(op, "input", input, least_input);
  check_range(op, "kernel", kernel, 1);
  check_range(op, "stride", stride, 1);
  check_range(op, "dilation", dilation, 1);
  return {{"height", input.height, kernel.height, stride.height, dilation.height},
          {"width", input.width, kernel.width, stride.width, dilation.width}};
}

Axes check_transposed(Size2d input, Size2d kernel, const ConvTranspose2dOptions& o) {
  check_range("conv_transpose2d", "padding", o.padding, 0);
  return checked_axes("conv_transpose2d", input, 1, kernel, o.stride, o.dilation);
}

}  // namespace

Padding2d Conv2dPadding::around(Size2d kernel_size, Size2d dilation) const {
  if (!same_) return {size_.width, size_.width, size_.height, size_.height};
  check_range("conv2d", "kernel", kernel_size, 1);
  check_range("conv2d", "dilation", dilation, 1);
  const std::int64_t height = dilation.height * (kernel_size.height - 1),
                     width = dilation.width * (kernel_size.width - 1);
  return {width / 2, width - width / 2, height / 2, height - height / 2};
}

Size2d conv2d_output_size(Size2d input, Size2d kernel_size, const Conv2dOptions& o, const char* op) {
  const Axes axes = checked_axes(op, input, 0, kernel_size, o.stride, o.dilation);
  const Padding2d padding = o.padding.around(kernel_size, o.dilation);
  check(o.padding.is_same() || std::min(padding.top, padding.left) >= 0,
        "{}: padding must be between 0 and 2^31, given {}", op, Size2d(padding.top, padding.left));
  check(!o.padding.is_same() || o.stride == Size2d(1),
        "{}: padding `same` needs stride 1, given {}; give the padding in pixels", op, o.stride);
  check(std::max(padding.bottom, padding.right) <= largest, "{}: padding must be between 0 and 2^31, given {}", op,
        Size2d(padding.bottom, padding.right));
  return {conv2d_axis(op, axes.height, padding.top, padding.bottom),
          conv2d_axis(op, axes.width, padding.left, padding.right)};
}

Size2d conv_transpose2d_output_size(Size2d input, Size2d kernel_size, const ConvTranspose2dOptions& o) {
  const Axes axes = check_transposed(input, kernel_size, o);
  check_range("conv_transpose2d", "output_padding", o.output_padding, 0);
  const auto size = [](const Axis& a, std::int64_t padding, std::int64_t output_padding) {
    check(
        output_padding <= largest_output_padding(a),
        "conv_transpose2d: output_padding must be smaller than stride or dilation, given {} for the {} with stride {} "
        "and dilation {}; at most {}",
        output_padding, a.name, a.stride, a.dilation, largest_output_padding(a));
    const std::int64_t output = transposed_axis(a, padding) + output_padding;
    check(output >= 1,
          "conv_transpose2d: {} {} gives {} pixels: (input - 1) x stride {} - 2 x padding {} + dilation {} x (kernel "
          "{} - 1) + output_padding {} + 1; the padding can be {} at most",
          a.name, a.input, output, a.stride, padding, a.dilation, a.kernel, output_padding, padding - (2 - output) / 2);
    return output;
  };
  return {size(axes.height, o.padding.height, o.output_padding.height),
          size(axes.width, o.padding.width, o.output_padding.width)};
}

Size2d conv_transpose2d_output_padding(Size2d input, Size2d output_size, Size2d kernel_size,
                                       const ConvTranspose2dOptions& o) {
  const Axes axes = check_transposed(input, kernel_size, o);
  const Size2d least(transposed_axis(axes.height, o.padding.height), transposed_axis(axes.width, o.padding.width));
  const Size2d most(least.height + largest_output_padding(axes.height),
                    least.width + largest_output_padding(axes.width));
  check(std::min(most.height, most.width) >= 1,
        "conv_transpose2d: output_size {} is out of reach: padding {} leaves nothing of {}", output_size, o.padding,
        input);
  const Size2d from(std::max<std::int64_t>(1, least.height), std::max<std::int64_t>(1, least.width));
  const auto within = [](std::int64_t value, std::int64_t low, std::int64_t high) {
    return low <= value && value <= high;
  };
  check(within(output_size.height, from.height, most.height) && within(output_size.width, from.width, most.width),
        "conv_transpose2d: output_size {} is out of reach: this layer makes {} from {}", output_size,
        from == most ? fmt::format("{}", from) : fmt::format("{} to {}", from, most), input);
  return {output_size.height - least.height, output_size.width - least.width};
}

}  // namespace wisp
