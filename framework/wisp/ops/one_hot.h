// one_hot: class numbers as rows of zeros with a one.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp {

/// i64 (..., num_classes) out of class numbers, i64 (...): 1 at the class's place, else 0. Nothing is recorded. Throws
/// Error for another dtype, num_classes below 1 or beyond what a tensor holds, and a class outside [0, num_classes).
Tensor one_hot(const Tensor& labels, std::int64_t num_classes);

}  // namespace wisp
