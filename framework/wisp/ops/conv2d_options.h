// What conv2d and conv_transpose2d can be told, and the sizes that follow from it.
//
// On each axis, with kernel k, stride s, padding p (on either side), dilation d and output_padding a:
//
//   conv2d             output = floor((input + 2 p - d (k - 1) - 1) / s) + 1
//   conv_transpose2d   output = (input - 1) s - 2 p + d (k - 1) + a + 1,   0 <= a < max(s, d)
//
// conv2d maps max(s, d) neighbouring sizes or fewer to one; output_padding says which of them comes back.
// Source: Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285.
#pragma once

#include <concepts>
#include <cstdint>
#include <vector>

#include <wisp/core/shape.h>
#include <wisp/ops/slice.h>

namespace wisp {

/// A number for height and one for width; a single number stands for both.
struct Size2d {
  std::int64_t height;
  std::int64_t width;

  constexpr Size2d(std::int64_t both) : height(both), width(both) {}
  constexpr Size2d(std::int64_t of_height, std::int64_t of_width) : height(of_height), width(of_width) {}
  bool operator==(const Size2d&) const = default;
};

namespace detail {

/// Height and width, as a recorder of ops is told of them.
inline std::vector<std::int64_t> sides(Size2d size) { return {size.height, size.width}; }

}  // namespace detail

/// conv2d's padding: pixels on either side of each axis, or a rule that finds them.
class Conv2dPadding {
 public:
  enum Rule {
    valid,  ///< none
    same,   ///< d (k - 1) in all, so that the output is as large as the input; the odd pixel at the bottom and right
  };

  constexpr Conv2dPadding(std::integral auto both) : size_(static_cast<std::int64_t>(both)) {}
  constexpr Conv2dPadding(std::int64_t height, std::int64_t width) : size_(height, width) {}
  constexpr Conv2dPadding(Size2d size) : size_(size) {}
  constexpr Conv2dPadding(Rule rule) : size_(0), same_(rule == same) {}

  bool is_same() const { return same_; }
  /// The pixels on each side; none for `same`, where they follow from the kernel.
  Size2d size() const { return size_; }
  /// The pixels on each side, for a kernel of that size. Throws Error where those of `same` are out of range.
  Padding2d around(Size2d kernel_size, Size2d dilation) const;

 private:
  Size2d size_;
  bool same_ = false;
};

/// Of the op and of the layer.
struct Conv2dOptions {
  Size2d stride = 1;
  Conv2dPadding padding = 0;
  Size2d dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;  ///< of the layer; the op goes by the bias that it is given
  PaddingMode padding_mode = PaddingMode::zeros;
};

/// Of the op and of the layer.
struct ConvTranspose2dOptions {
  Size2d stride = 1;
  Size2d padding = 0;
  Size2d output_padding = 0;
  std::int64_t groups = 1;
  bool bias = true;  ///< of the layer; the op goes by the bias that it is given
  Size2d dilation = 1;
};

/// The size of conv2d's output. Throws Error when an option is out of range, the kernel does not fit into the padded
/// input, or padding `same` meets a stride other than 1, in the name of `op`.
Size2d conv2d_output_size(Size2d input, Size2d kernel_size, const Conv2dOptions& options = {},
                          const char* op = "conv2d");

/// The size of conv_transpose2d's output. Throws Error when an option is out of range or nothing would be left.
Size2d conv_transpose2d_output_size(Size2d input, Size2d kernel_size, const ConvTranspose2dOptions& options = {});

/// The output_padding with which conv_transpose2d makes `output_size`; that in `options` is not looked at. Throws Error
/// with the sizes that are possible when there is none.
Size2d conv_transpose2d_output_padding(Size2d input, Size2d output_size, Size2d kernel_size,
                                       const ConvTranspose2dOptions& options = {});

}  // namespace wisp

template <>
struct fmt::formatter<wisp::Size2d> : fmt::formatter<std::string> {
  auto format(const wisp::Size2d& size, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(fmt::format("{}x{}", size.height, size.width), context);
  }
};
