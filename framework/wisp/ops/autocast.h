// Autocast: mixed precision for the length of a scope, after torch.autocast.
//
// Where it is on, conv2d, conv_transpose2d, linear and matmul round their f32 operands to bf16, add up in f32, and give
// bf16; batch_norm takes bf16 with f32 weight, bias and statistics; losses are computed in f32. Weights stay f32, and
// so do their gradients. bf16 has the range of f32, so losses need no scaling. Source: Kalamkar et al., "A study of
// bfloat16 for deep learning training", arXiv 1905.12322, section 3.
#pragma once

#include <wisp/core/scoped_value.h>
#include <wisp/core/tensor.h>

namespace wisp {

/// Whether an enabled Autocast is the innermost one on this thread.
bool autocast_enabled();

/// Turns autocast on (or off) for as long as it lives, on this thread. Needed in the forward pass alone: backward
/// follows the dtypes that were recorded.
class Autocast {
 public:
  explicit Autocast(bool enabled = true);

 private:
  detail::ScopedValue<bool> enabled_;
};

/// x as an operand of a matrix product: x.to(bf16) when autocast is on and x is f32, else x.
Tensor autocast(const Tensor& x);

namespace detail {

/// Throws Error in the name of `op` when a weight or bias is defined and its dtype is not the input's. With Autocast on
/// f32 goes with a bf16 input: it is rounded in the multiplication.
void check_mixed_dtypes(const char* op, const Tensor& input, const Tensor& other);

/// The numbers of `x` in `dtype`, outside the graph. The converted copy is kept for as long as x's numbers live and do
/// not change, so weights are rounded once per update.
Tensor converted(const Tensor& x, DType dtype);

}  // namespace detail

}  // namespace wisp
