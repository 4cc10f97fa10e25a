#include <wisp/ops/matmul.h>

#include <wisp/autograd/node.h>
#include <wisp/kernels/gemm.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using autograd::Cotangents;

// y[i] = op(a[i]) op(b[i]) for tensors of rank 3, where op transposes the last two dimensions when asked to.
Tensor batched_matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  const std::int64_t batch = a.dim(0), m = a.dim(transpose_a ? 2 : 1), k = a.dim(transpose_a ? 1 : 2),
                     n = b.dim(transpose_b ? 1 : 2);
  check(a.dtype() == b.dtype(), "matmul: dtypes {} and {} are mixed; convert one with to(DType)", name_of(a.dtype()),
        name_of(b.dtype()));
  Tensor y = Tensor::empty({batch, m, n}, a.dtype());
  visit_compute_dtype("matmul", a.dtype(), [&]<class T>(T) {
    T* out = y.mutable_data<T>();
    for (std::int64_t i = 0; i < batch; ++i)
      kernels::gemm<T>(m, n, k, {a.data<T>() + i * m * k, a.dim(2), transpose_a},
                       {b.data<T>() + i * k * n, b.dim(2), transpose_b}, out + i * m * n, n);
  });
  return autograd::record("matmul", y, {a, b}, {{a, b}}, [=](const Cotangents& c) {
    const Tensor &g = c.grad(), &left = c.saved(0), &right = c.saved(1);
    const auto grad_left = [&] {
      return transpose_a ? batched_matmul(right, transpose_b, g, true) : batched_matmul(g, false, right, !transpose_b);
    };
    const auto grad_right = [&] {
      return transpose_b ? batched_matmul(g, true, left, transpose_a) : batched_matmul(left, !transpose_a, g, false);
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

Shape batch_of(const Shape& shape) { return Shape(std::span(shape.begin(), shape.end() - 2)); }

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
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
  const Tensor y = batched_matmul(stacked(left), false, stacked(right), false);
  std::vector<std::int64_t> extents(batch.begin(), batch.end());
  if (a.rank() > 1) extents.push_back(m);
  if (b.rank() > 1) extents.push_back(n);
  return y.reshape(Shape(extents));
}

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check(weight.rank() == 2 && input.rank() >= 1 && input.dim(-1) == weight.dim(1),
        "linear: weight {} (out x in) does not fit input {}", weight.shape(), input.shape());
  check(!bias.defined() || bias.shape() == Shape{weight.dim(0)}, "linear: bias {} does not fit weight {}",
        bias.defined() ? bias.shape() : Shape{}, weight.shape());
  const std::int64_t features = weight.dim(1), rows = features == 0 ? 0 : input.numel() / features;
  const Tensor y =
      batched_matmul(input.reshape({1, rows, features}), false, weight.reshape({1, weight.dim(0), features}), true)
          .reshape(input.shape().with(input.rank() - 1, weight.dim(0)));
  return bias.defined() ? y + bias : y;
}

}  // namespace wisp
