#include <wisp/ops/softmax.h>

#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {

// Both are the same for x and x - c, so the maximum may be a constant: derivatives of every order stay right.

Tensor softmax(const Tensor& x, int dim) {
  const Tensor numerator = exp(x - amax(x, {dim}, true));
  return numerator / sum(numerator, {dim}, true);
}

Tensor log_softmax(const Tensor& x, int dim) {
  const Tensor shifted = x - amax(x, {dim}, true);
  return shifted - log(sum(exp(shifted), {dim}, true));
}

}  // namespace wisp
