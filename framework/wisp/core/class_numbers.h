// Class numbers: what labels of images are.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp {

/// Throws Error, in the name of `op`, unless the labels are i64 and lie in [0, num_classes).
void check_classes(const char* op, const Tensor& labels, std::int64_t num_classes);

}  // namespace wisp
