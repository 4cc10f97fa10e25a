// A vector that requires grad, to differentiate with respect to.
#pragma once

#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::testing {

/// A leaf of rank 1, f64, that requires grad.
inline Tensor leaf(const std::vector<double>& values) {
  return Tensor::from({static_cast<std::int64_t>(values.size())}, values).set_requires_grad(true);
}

}  // namespace wisp::testing
