// sum, mean, amax, argmax: reductions over dimensions. Sums are accumulated in double.
#pragma once

#include <vector>

#include <wisp/core/tensor.h>

namespace wisp {

/// The sum over `dims` (all when empty; negative ones count from the end). keepdim leaves them with extent 1.
/// Gradient: g, repeated. Throws Error on a dimension out of range or named twice.
Tensor sum(const Tensor& x, const std::vector<int>& dims = {}, bool keepdim = false);
/// The sum over `dims` divided by the number of elements summed. Gradient: g / count, repeated.
Tensor mean(const Tensor& x, const std::vector<int>& dims = {}, bool keepdim = false);
/// The largest element over `dims`; NaN where there is one. Gradient: g, shared equally by all that are the largest;
/// NaN where the result is NaN. Throws Error where there is nothing to choose from.
Tensor amax(const Tensor& x, const std::vector<int>& dims = {}, bool keepdim = false);
/// The index of the largest element along `dim` as i64; the first of several, and of NaN where there is any. Throws
/// Error where there is nothing to choose from.
Tensor argmax(const Tensor& x, int dim, bool keepdim = false);
/// The adjoint of broadcasting: sums x over the dimensions along which `shape` was repeated to give x's shape. Throws
/// Error when it cannot have been.
Tensor sum_to(const Tensor& x, const Shape& shape);

namespace detail {

/// The shape of what is left of `shape` by a reduction. Throws Error in the name of `op`, as sum does.
Shape reduced_shape(const char* op, const Shape& shape, const std::vector<int>& dims, bool keepdim);

}  // namespace detail

}  // namespace wisp
