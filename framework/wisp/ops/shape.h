// broadcast_to, permute, flip, reshape: the same elements in another arrangement, any dtype.
//
// reshape, permute and flip are also methods of Tensor; see core/tensor.h for their contracts.
#pragma once

#include <vector>

#include <wisp/core/tensor.h>

namespace wisp {

/// x repeated to `shape` by the rules of broadcasting. Gradient: summed back. Throws Error when it does not fit.
Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// x.reshape(extents): shares the numbers where the memory order is the same. Gradient: g reshaped back.
Tensor reshape(const Tensor& x, const std::vector<std::int64_t>& extents);
/// x.permute(dims). Gradient: g permuted back.
Tensor permute(const Tensor& x, const std::vector<int>& dims);
/// x.flip(dims). Gradient: g flipped.
Tensor flip(const Tensor& x, const std::vector<int>& dims);

namespace detail {

/// A tensor of `shape`, outside the graph: element `index` of it lies in x's memory at offset + sum of index[i]
/// steps[i].
Tensor read_strided(const Tensor& x, const Shape& shape, const Strides& steps, std::int64_t offset = 0);

}  // namespace detail
}  // namespace wisp
