#include <wisp/ops/matmul.h>

#include <wisp/autograd/node.h>
#include <wisp/kernels/gemm.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using autograd::Cotangents;

// y[i] = op(a[i]) op(b[i]) for tensors of rank 3, where op transposes the last two dimensions when asked to. Where one
// operand is bf16 the other is rounded to it; y is then bf16 or f32.
Tensor batched_matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, DType dtype) {
  const std::int64_t batch = a.dim(0), m = a.dim(transpose_a ? 2 : 1), k = a.dim(transpose_a ? 1 : 2),
                     n = b.dim(transpose_b ? 1 : 2);
  const DType operand = a.dtype() == DType::bf16 || b.dtype() == DType::bf16 ? DType::bf16 : a.dtype();
  const Tensor left_operand = converted(a, operand), right_operand = converted(b, operand);
  Tensor y = Tensor::empty({batch, m, n}, dtype);
  const auto multiply = [&]<class T, class R>(T, R) {
    R* out = y.mutable_data<R>();
    for (std::int64_t i = 0; i < batch; ++i)
      kernels::gemm<T, R>(m, n, k, {left_operand.data<T>() + i * m * k, a.dim(2), transpose_a},
                          {right_operand.data<T>() + i * k * n, b.dim(2), transpose_b}, out + i * m * n, n);
  };
  if (operand == DType::bf16 && dtype == DType::f32)
    multiply(bfloat16{}, float{});
  else
    visit_floating_dtype("matmul", operand, [&]<class T>(T zero) { multiply(zero, zero); });
  return autograd::record("matmul", y, {a, b}, {{a, b}}, [=](const Cotangents& c) {
    const Tensor &g = c.grad(), &left = c.saved(0), &right = c.saved(1);
    const auto grad_left = [&] {
      return transpose_a ? batched_matmul(right, transpose_b, g, true, left.dtype())
                         : batched_matmul(g, false, right, !transpose_b, left.dtype());
    };
    const auto grad_right = [&] {
      return transpose_b ? batched_matmul(g, true, left, transpose_a, right.dtype())
                         : batched_matmul(left, !transpose_a, g, false, right.dtype());
    };
    return Tensors{c.needs(0) ? grad_left() : Tensor{}, c.needs(1) ? grad_right() : Tensor{}};
  });
}

// The extents of `shape` but the last two, followed by `last`.
Shape with_matrix(const Shape& batch, std::initializer_list<std::int64_t> last) {
  std::vector<std::int64_t> extents(batch.begin(), batch.end());
  extents.insert(extents.end(), last);
  return Shape(extents);
}

void check_dtypes(const char* op, const Tensor& a, const Tensor& b) {
  check(a.dtype() == b.dtype(), "{}: dtypes {} and {} are mixed; convert one with to(DType)", op, name_of(a.dtype()),
        name_of(b.dtype()));
}

Shape batch_of(const Shape& shape) { return Shape(std::span(shape.begin(), shape.end() - 2)); }

}  // namespace

Tensor matmul(const Tensor& given_a, const Tensor& given_b) {
  check_floating("matmul", {{"a", given_a}, {"b", given_b}});
  const Tensor a = autocast(given_a), b = autocast(given_b);
  check_dtypes("matmul", a, b);
  check(a.rank() >= 1 && b.rank() >= 1, "matmul: operands of rank 1 or more are needed, given {} and {}", a.shape(),
        b.shape());
  const Tensor left = a.rank() == 1 ? a.reshape({1, -1}) : a;
  const Tensor right = b.rank() == 1 ? b.reshape({-1, 1}) : b;
  const std::int64_t m = left.dim(-2), k = left.dim(-1), n = right.dim(-1);
  check(right.dim(-2) == k, "matmul: {} and {} do not fit, the inner extents are {} and {}", a.shape(), b.shape(), k,
        right.dim(-2));
  const Shape batch = broadcast_shapes("matmul", batch_of(left.shape()), batch_of(right.shape()));
  const auto stacked = [&](const Tensor& x) {
    return broadcast_to(x, with_matrix(batch, {x.dim(-2), x.dim(-1)})).reshape({batch.numel(), x.dim(-2), x.dim(-1)});
  };
  const Tensor y = batched_matmul(stacked(left), false, stacked(right), false, a.dtype());
  std::vector<std::int64_t> extents(batch.begin(), batch.end());
  if (a.rank() > 1) extents.push_back(m);
  if (b.rank() > 1) extents.push_back(n);
  return y.reshape(Shape(extents));
}

Tensor linear(const Tensor& given, const Tensor& weight, const Tensor& bias) {
  check_floating("linear", {{"input", given}, {"weight", weight}});
  const Tensor input = autocast(given);
  // Autocast has made the input bf16; f32 weights are rounded in the multiplication.
  for (const Tensor& other : {weight, bias})
    if (other.defined() && !(autocast_enabled() && input.dtype() == DType::bf16 && other.dtype() == DType::f32))
      check_dtypes("linear", input, other);
  check(weight.rank() == 2 && input.rank() >= 1 && input.dim(-1) == weight.dim(1),
        "linear: weight {} (out x in) does not fit input {}", weight.shape(), input.shape());
  check(!bias.defined() || bias.shape() == Shape{weight.dim(0)}, "linear: bias {} does not fit weight {}",
        bias.defined() ? bias.shape() : Shape{}, weight.shape());
  const std::int64_t features = weight.dim(1), rows = features == 0 ? 0 : input.numel() / features;
  const Tensor y = batched_matmul(input.reshape({1, rows, features}), false,
                                  weight.reshape({1, weight.dim(0), features}), true, input.dtype())
                       .reshape(input.shape().with(input.rank() - 1, weight.dim(0)));
  return bias.defined() ? y + bias.to(y.dtype()) : y;
}

}  // namespace wisp
