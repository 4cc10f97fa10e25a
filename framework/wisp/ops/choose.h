// Elements of a tensor that an index names, and the way back: a pair of adjoint ops that gather and max_pool2d share.
#pragma once

#include <wisp/core/tensor.h>
#include <wisp/kernels/gather.h>

namespace wisp::detail {

/// What is chosen from tensors of shape `from` to make tensors of shape `to`.
struct Chosen {
  const char* op;       ///< the name of the op that chooses
  const char* adjoint;  ///< and of that which goes back
  kernels::Choice places;
  Shape from, to;
};

/// The elements of x that the index, i64, names; it has been checked. x is of any dtype. Gradient: g added up at the
/// places chosen.
Tensor choose(const Chosen& chosen, const Tensor& x, const Tensor& index);

}  // namespace wisp::detail
