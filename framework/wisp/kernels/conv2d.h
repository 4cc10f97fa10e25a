// The convolution trio: the three partial derivatives of F(x, w, y) = <y, conv(x, w)>.
//
//   conv2d              y = C(x, w)   Conv2d's forward
//   conv2d_grad_input   x = I(y, w)   its input gradient, and ConvTranspose2d's forward
//   conv2d_grad_weight  w = W(x, y)   its weight gradient
//
// Each is the derivative of the others, so these three are all that convolution and transposed convolution of every
// order of derivative need. All buffers are channels-last and dense:
//
//   x: batch x height.input  x width.input  x channels        (the big image)
//   y: batch x height.output x width.output x filters         (the small image)
//   w: filters x height.kernel x width.kernel x channels/groups
//
//   y[n,i,j,f] = sum over a, b, c of  w[f,a,b,c] x[n, i s - p + a d, j s - p + b d, g channels/groups + c]
//
// where s, p, d are the axis's stride, padding and dilation, g = f / (filters/groups), and x is 0 outside the image.
#pragma once

#include <compare>
#include <cstdint>

#include <wisp/core/dtype.h>

namespace wisp::kernels {

/// One axis of a convolution. Both sizes are stored, so output_padding is never ambiguous.
struct Conv2dAxis {
  std::int64_t input = 0;   ///< size of the big image
  std::int64_t output = 0;  ///< size of the small image
  std::int64_t kernel = 0;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;

  auto operator<=>(const Conv2dAxis&) const = default;
};

/// Everything a kernel of the trio needs to know. Valid geometries satisfy, on each axis,
/// 0 <= input + 2 padding - dilation (kernel - 1) - 1 - stride (output - 1); what remains on the right is not read.
struct Conv2dGeometry {
  std::int64_t batch = 0;
  std::int64_t channels = 0;  ///< of the big image x
  std::int64_t filters = 0;   ///< channels of the small image y
  std::int64_t groups = 1;
  Conv2dAxis height;
  Conv2dAxis width;

  /// Elements of x, y and w.
  std::int64_t input_numel() const { return batch * height.input * width.input * channels; }
  std::int64_t output_numel() const { return batch * height.output * width.output * filters; }
  std::int64_t weight_numel() const { return filters * height.kernel * width.kernel * (channels / groups); }

  /// Floating-point operations of each of the three maps: two per multiplication of the definition.
  double flops() const {
    return 2.0 * static_cast<double>(output_numel()) *
           static_cast<double>(height.kernel * width.kernel * (channels / groups));
  }

  auto operator<=>(const Conv2dGeometry&) const = default;
};

/// The three maps: y = C(x, w), x = I(y, w), w = W(x, y).
enum class Conv2dMap { conv2d, grad_input, grad_weight };

/// "conv2d", "conv2d_grad_input" or "conv2d_grad_weight".
const char* name_of(Conv2dMap map);

/// Which map, of what.
struct Conv2dProblem {
  Conv2dMap map;
  Conv2dGeometry geometry;
  DType dtype;  ///< of the operands: f32, f64 or bf16
};

/// The result of the map, of operands in the order of its signature, by the implementation that
/// conv2d_implementations.h chooses. Throws Error where a backend was forced that cannot.
void compute(const Conv2dProblem& problem, const void* first, const void* second, void* result);

/// y = C(x, w). Overwrites y. T is float, double or bfloat16; bfloat16 is multiplied and added up in float and rounded
/// once at the end.
template <class T>
void conv2d(const Conv2dGeometry& geometry, const T* x, const T* w, T* y) {
  compute({Conv2dMap::conv2d, geometry, dtype_of<T>}, x, w, y);
}

/// x = I(y, w): the adjoint in x. Overwrites x, pixels that no y reaches with 0.
template <class T>
void conv2d_grad_input(const Conv2dGeometry& geometry, const T* y, const T* w, T* x) {
  compute({Conv2dMap::grad_input, geometry, dtype_of<T>}, y, w, x);
}

/// w = W(x, y): the adjoint in w. Overwrites w, which is float where x and y are bfloat16.
template <class T>
void conv2d_grad_weight(const Conv2dGeometry& geometry, const T* x, const T* y, compute_t<T>* w) {
  compute({Conv2dMap::grad_weight, geometry, dtype_of<T>}, x, y, w);
}

}  // namespace wisp::kernels
