// Lists of tensors in which each may be once.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// Throws Error naming `op` and the positions when a tensor of the list is undefined, or two are the same or share
/// their numbers; `what` is what one of them is called.
void check_distinct(const char* op, const char* what, const Tensors& tensors);

/// Whether two tensors share their numbers.
inline bool share_numbers(const Tensor& a, const Tensor& b) { return a.storage() == b.storage(); }

}  // namespace wisp
