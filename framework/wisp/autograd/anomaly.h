// DetectAnomaly: names the op of the first NaN.
#pragma once

#include <wisp/core/scoped_value.h>
#include <wisp/core/tensor.h>

namespace wisp {

/// While it lives, an op on this thread that gives NaN, or whose gradient does, throws Error with its name, and says
/// whether NaN went in. Every result is looked through: for finding mistakes, not for training. PyTorch's
/// torch.autograd.detect_anomaly looks at gradients alone.
class DetectAnomaly {
 public:
  /// With `false`, one that lives already looks at nothing for as long as this lives.
  explicit DetectAnomaly(bool enabled = true);

 private:
  detail::ScopedValue<bool> detecting_;
};

namespace autograd {

/// Where there is a DetectAnomaly: throws Error when a result has NaN. `what` is "" or "the gradient of ".
void check_anomaly(const char* what, const char* op, const Tensors& inputs, const Tensors& results);

}  // namespace autograd
}  // namespace wisp
