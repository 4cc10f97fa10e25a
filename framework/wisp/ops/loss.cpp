#include <wisp/ops/loss.h>

#include <cmath>

#include <wisp/autograd/node.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/elementwise.h>
#include <wisp/ops/gather.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/softmax.h>

namespace wisp {
namespace {

Tensor reduced(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::mean ? mean(losses) : sum(losses);
}

// Losses are computed in f32 at least.
Tensor widened(const Tensor& x) { return x.to(compute_dtype(x.dtype())); }

void check_pair(const char* op, const Tensor& input, const Tensor& target) {
  check_floating(op, {{"input", input}, {"target", target}});
  check(input.shape() == target.shape() && input.dtype() == target.dtype(),
        "{}: target must have the shape and dtype of the input, given input {} {} and target {} {}", op,
        name_of(input.dtype()), input.shape(), name_of(target.dtype()), target.shape());
}

// sigmoid(x) - t. Where x is large it is 1 - t less the small sigmoid(-x), which is all that a target of 1 leaves.
Tensor sigmoid_less_target(const Tensor& x, const Tensor& target) {
  const Tensor y = detail::mapped("bce_with_logits_backward", x, target, []<class T>(T v, T t) {
    const T e = std::exp(-std::abs(v)), small = e / (T{1} + e);
    return v >= 0 ? (T{1} - t) - small : small - t;
  });
  return autograd::record("bce_with_logits_backward", y, {x, target}, {{x}}, [](const autograd::Cotangents& c) {
    const Tensor p = sigmoid(c.saved(0));
    return Tensors{c.needs(0) ? c.grad() * (p * (1.0 - p)) : Tensor{}, c.needs(1) ? -c.grad() : Tensor{}};
  });
}

}  // namespace

Tensor bce_with_logits(const Tensor& given, const Tensor& given_target, Reduction reduction) {
  check_pair("bce_with_logits", given, given_target);
  const Tensor input = widened(given), target = widened(given_target);
  Tensor losses = detail::mapped("bce_with_logits", input, target, []<class T>(T x, T t) {
    const T rest = std::log1p(std::exp(-std::abs(x)));               // softplus(x) = max(x, 0) + rest
    const T one = t == 0 ? T{0} : t * ((x < 0 ? -x : T{0}) + rest);  // a weight of 0 takes no part: 0, not NaN
    return t == 1 ? one : one + (T{1} - t) * ((x > 0 ? x : T{0}) + rest);
  });
  losses = autograd::record("bce_with_logits", losses, {input, target}, {{input, target}},
                            [](const autograd::Cotangents& c) {
                              const Tensor &x = c.saved(0), &t = c.saved(1);
                              return Tensors{c.needs(0) ? c.grad() * sigmoid_less_target(x, t) : Tensor{},
                                             c.needs(1) ? -c.grad() * x : Tensor{}};
                            });
  return reduced(losses, reduction);
}

Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_pair("mse_loss", input, target);
  return reduced(square(widened(input) - widened(target)), reduction);
}

Tensor cross_entropy(const Tensor& given, const Tensor& target, Reduction reduction) {
  check_floating("cross_entropy", {{"input", given}});
  check_defined("cross_entropy", {{"target", target}});
  const Tensor input = widened(given);
  check(target.dtype() == DType::i64, "cross_entropy: target must hold class numbers as i64, given {}",
        name_of(target.dtype()));
  check(input.rank() >= 1, "cross_entropy: input must have a dimension of classes, given a scalar");
  const int axis = input.rank() == 1 ? 0 : 1;
  std::vector<std::int64_t> expected(input.shape().begin(), input.shape().end());
  expected.erase(expected.begin() + axis);
  check(target.shape() == Shape(expected), "cross_entropy: input {} needs a target of shape {}, given {}",
        input.shape(), Shape(expected), target.shape());
  check_classes("cross_entropy", target, input.dim(axis));
  const Tensor index = target.reshape(input.shape().with(axis, 1));
  return reduced(-gather(log_softmax(input, axis), axis, index).reshape(target.shape()), reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_pair("l1_loss", input, target);
  return reduced(abs(widened(input) - widened(target)), reduction);
}

}  // namespace wisp
