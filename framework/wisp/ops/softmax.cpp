#include <wisp/ops/softmax.h>

#include <wisp/autograd/recorder.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

// x less its maximum along dim, so that no exponential overflows. Softmax is the same for x and x - c: the maximum may
// be a constant, and derivatives of every order stay right.
Tensor shifted(const char* op, const Tensor& x, int dim) {
  check_floating(op, {{"x", x}});
  normalize_dim(op, dim, x.rank());
  return x.dim(dim) == 0 ? x : x - amax(x.detach(), {dim}, true);
}

}  // namespace

Tensor softmax(const Tensor& x, int dim) {
  return autograd::as_one_op("softmax", {x}, {{"dim", std::int64_t{dim}}}, [&] {
    const Tensor numerator = exp(shifted("softmax", x, dim));
    return numerator / sum(numerator, {dim}, true);
  });
}

Tensor log_softmax(const Tensor& x, int dim) {
  return autograd::as_one_op("log_softmax", {x}, {{"dim", std::int64_t{dim}}}, [&] {
    const Tensor s = shifted("log_softmax", x, dim);
    return s - log(sum(exp(s), {dim}, true));
  });
}

}  // namespace wisp
