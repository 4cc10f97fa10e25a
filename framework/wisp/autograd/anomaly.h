// DetectAnomaly: names the op of the first NaN.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// While it lives, an op on this thread that gives NaN, or whose gradient does, throws Error with its name, and says
/// whether NaN went in. Every result is looked through: for finding mistakes, not for training. PyTorch's
/// torch.autograd.detect_anomaly looks at gradients alone.
class DetectAnomaly {
 public:
  /// Or, where there is one, nothing is looked at for a while.
  explicit DetectAnomaly(bool enabled = true);
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;

 private:
  bool previous_;
};

namespace autograd {

/// Where there is a DetectAnomaly: throws Error when a result has NaN. `what` is "" or "the gradient of ".
void check_anomaly(const char* what, const char* op, const Tensors& inputs, const Tensors& results);

}  // namespace autograd
}  // namespace wisp
