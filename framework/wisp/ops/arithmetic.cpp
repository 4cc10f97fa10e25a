#include <wisp/ops/arithmetic.h>

#include <wisp/autograd/node.h>
#include <wisp/kernels/profile.h>
#include <wisp/kernels/quotients.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/elementwise.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

template <class F>
Tensor broadcast_elementwise(const char* op, const Tensor& a, const Tensor& b, F f) {
  check_defined(op, {{"a", a}, {"b", b}});
  check_same_dtype(op, a, b);
  return detail::mapped(op, a, b, f);
}

// (a1 / b) (a2 / b) ... (an / b) for the numerators a1 to an: the derivatives of a / b are made of such products. With
// a cotangent h, the gradient of a numerator is the same product with h in the numerator's place, and that of b is -n
// times the product that has h as one more numerator.
Tensor product_of_quotients(const Tensors& numerators, const Tensor& b) {
  Shape shape = b.shape();
  for (const Tensor& numerator : numerators) shape = broadcast_shapes("div", numerator.shape(), shape);
  Tensors inputs = numerators, whole;
  inputs.push_back(b);
  for (const Tensor& input : inputs) whole.push_back(broadcast_to(input.detach(), shape));
  Tensor y = Tensor::empty(shape, b.dtype());
  {
    const kernels::KernelTimer timer("elementwise", [] { return kernels::KernelCall{.description = "div_backward"}; });
    visit_floating_dtype("div", b.dtype(), [&]<class T>(T) {
      std::vector<const T*> above;
      for (const Tensor& tensor : whole) above.push_back(tensor.data<T>());
      kernels::product_of_quotients<T>(y.numel(), std::span(above).first(numerators.size()), above.back(),
                                       y.mutable_data<T>());
    });
  }
  return record("div_backward", y, inputs, {inputs}, [count = numerators.size()](const Cotangents& c) {
    Tensors given, grads;
    for (std::size_t i = 0; i < count; ++i) given.push_back(c.saved(i));
    const Tensor& divisor = c.saved(count);
    for (std::size_t i = 0; i < count; ++i) {
      Tensors others = given;
      others[i] = c.grad();
      grads.push_back(c.needs(i) ? sum_to(product_of_quotients(others, divisor), given[i].shape()) : Tensor{});
    }
    Tensors more = given;
    more.push_back(c.grad());
    grads.push_back(c.needs(count)
                        ? sum_to(product_of_quotients(more, divisor), divisor.shape()) * -static_cast<double>(count)
                        : Tensor{});
    return grads;
  });
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  Tensor y = broadcast_elementwise("add", a, b, [](auto p, auto q) { return p + q; });
  return record("add", y, {a, b}, {}, [as = a.shape(), bs = b.shape()](const Cotangents& c) {
    return Tensors{c.needs(0) ? sum_to(c.grad(), as) : Tensor{}, c.needs(1) ? sum_to(c.grad(), bs) : Tensor{}};
  });
}

Tensor sub(const Tensor& a, const Tensor& b) {
  Tensor y = broadcast_elementwise("sub", a, b, [](auto p, auto q) { return p - q; });
  return record("sub", y, {a, b}, {}, [as = a.shape(), bs = b.shape()](const Cotangents& c) {
    return Tensors{c.needs(0) ? sum_to(c.grad(), as) : Tensor{}, c.needs(1) ? sum_to(-c.grad(), bs) : Tensor{}};
  });
}

Tensor mul(const Tensor& a, const Tensor& b) {
  Tensor y = broadcast_elementwise("mul", a, b, [](auto p, auto q) { return p * q; });
  return record("mul", y, {a, b}, {{a, b}}, [](const Cotangents& c) {
    const Tensor &left = c.saved(0), &right = c.saved(1);
    return Tensors{c.needs(0) ? sum_to(c.grad() * right, left.shape()) : Tensor{},
                   c.needs(1) ? sum_to(c.grad() * left, right.shape()) : Tensor{}};
  });
}

Tensor div(const Tensor& a, const Tensor& b) {
  Tensor y = broadcast_elementwise("div", a, b, [](auto p, auto q) { return p / q; });
  return record("div", y, {a, b}, {{a, b}}, [](const Cotangents& c) {
    const Tensor &left = c.saved(0), &right = c.saved(1);
    return Tensors{c.needs(0) ? sum_to(c.grad() / right, left.shape()) : Tensor{},
                   c.needs(1) ? sum_to(-product_of_quotients({c.grad(), left}, right), right.shape()) : Tensor{}};
  });
}

Tensor neg(const Tensor& x) {
  return elementwise(
      "neg", x, {}, [](auto v) { return -v; }, [](const Cotangents& c) { return -c.grad(); });
}

Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
Tensor operator-(const Tensor& a) { return neg(a); }

}  // namespace wisp
