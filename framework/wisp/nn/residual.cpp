#include <wisp/nn/residual.h>

#include <wisp/ops/arithmetic.h>

namespace wisp::nn {

Tensor Residual::forward(const Tensor& input) {
  const Tensor change = Sequential::forward(input);
  check(change.shape() == input.shape(), "Residual: its layers make {} of {}, they must keep the shape", change.shape(),
        input.shape());
  return input + change;
}

}  // namespace wisp::nn
