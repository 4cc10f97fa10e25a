#include <wisp/ops/matmul.h>

#include <algorithm>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/nd_loop.h>
#include <wisp/kernels/gemm.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using autograd::Cotangents;

// Matrices to multiply, in a stack.
struct Operand {
  Tensor stack;             // (matrices, rows, columns)
  Shape batch;              // how they are numbered; broadcasts against the other operand's, which has as many extents
  bool transposed = false;  // each stands for its transpose

  std::int64_t rows() const { return stack.dim(transposed ? 2 : 1); }
  std::int64_t columns() const { return stack.dim(transposed ? 1 : 2); }
};

Operand transposed(const Operand& x) { return {x.stack, x.batch, !x.transposed}; }

// Steps from matrix to matrix of a stack, 0 where one is used again.
Strides repeated_strides(const Shape& batch) {
  Strides steps = row_major_strides(batch);
  for (int i = 0; i < batch.rank(); ++i)
    if (batch[i] == 1) steps[static_cast<std::size_t>(i)] = 0;
  return steps;
}

// Puts the matrices along those dimensions of the batch in which `to` has extent 1 side by side, as one wide matrix, so
// that a product adds up over them.
Operand joined_columns(const Operand& x, const Shape& batch, const Shape& to) {
  const int rank = batch.rank();
  Shape kept = x.batch;
  std::vector<int> dims, joined;
  for (int i = 0; i < rank; ++i) {
    const bool goes = to[i] == 1 && batch[i] != 1;
    (goes ? joined : dims).push_back(i);
    if (goes) kept = kept.with(i, 1);
  }
  if (joined.empty()) return x;
  if (!x.transposed) dims.push_back(rank);
  dims.insert(dims.end(), joined.begin(), joined.end());
  if (x.transposed) dims.push_back(rank);
  dims.push_back(rank + 1);
  std::int64_t count = 1;
  for (const int i : joined) count *= x.batch[i];
  std::vector<std::int64_t> extents(x.batch.begin(), x.batch.end());
  const std::int64_t height = x.stack.dim(1), width = x.stack.dim(2);
  extents.insert(extents.end(), {height, width});
  const Tensor arranged = x.stack.reshape(Shape(extents)).permute(dims);
  const Shape wide =
      x.transposed ? Shape{kept.numel(), count * height, width} : Shape{kept.numel(), height, count * width};
  return {arranged.reshape(wide), kept, x.transposed};
}

Operand joined_rows(const Operand& x, const Shape& batch, const Shape& to) {
  return transposed(joined_columns(transposed(x), batch, to));
}

Tensor product(const Operand& a, const Operand& b, DType dtype);

// product(a, b), or its transpose.
Tensor product_as(bool as_transposed, const Operand& a, const Operand& b, DType dtype) {
  return as_transposed ? product(transposed(b), transposed(a), dtype) : product(a, b, dtype);
}

// y[i] = a[i] b[i], where matrices are used again along dimensions that broadcast. Where one operand is bf16 the other
// is rounded to it; y is then bf16 or f32.
Tensor product(const Operand& a, const Operand& b, DType dtype) {
  const Shape batch = broadcast_shapes("matmul", a.batch, b.batch);
  const std::int64_t m = a.rows(), k = a.columns(), n = b.columns();
  const DType operand =
      a.stack.dtype() == DType::bf16 || b.stack.dtype() == DType::bf16 ? DType::bf16 : a.stack.dtype();
  const Tensor left = detail::converted(a.stack, operand), right = detail::converted(b.stack, operand);
  Tensor y = Tensor::empty({batch.numel(), m, n}, dtype);
  const auto multiply = [&]<class T, class R>(T, R) {
    const T *const from_a = left.data<T>(), *const from_b = right.data<T>();
    R* const to = y.mutable_data<R>();
    const NdBox<3> box =
        merge_dimensions<3>(batch, {row_major_strides(batch), repeated_strides(a.batch), repeated_strides(b.batch)});
    visit_runs(box, 0, box.outer_count(), [&](const auto& at, std::int64_t length, const auto& step) {
      for (std::int64_t i = 0; i < length; ++i)
        kernels::gemm<T, R>(m, n, k, {from_a + (at[1] + i * step[1]) * m * k, left.dim(2), a.transposed},
                            {from_b + (at[2] + i * step[2]) * k * n, right.dim(2), b.transposed},
                            to + (at[0] + i * step[0]) * m * n, n);
    });
  };
  if (y.numel() > 0) {
    if (operand == DType::bf16 && dtype == DType::f32)
      multiply(bfloat16{}, float{});
    else
      visit_floating_dtype("matmul", operand, [&]<class T>(T zero) { multiply(zero, zero); });
  }
  return autograd::record(
      "matmul", y, {a.stack, b.stack}, {{a.stack, b.stack}},
      [batch, as = a.batch, at = a.transposed, bs = b.batch, bt = b.transposed](const Cotangents& c) {
        const Operand g{c.grad(), batch}, by_a{c.saved(0), as, at}, by_b{c.saved(1), bs, bt};
        Tensors grads(2);
        if (c.needs(0))
          grads[0] = product_as(at, joined_columns(g, batch, as), joined_rows(transposed(by_b), batch, as),
                                by_a.stack.dtype());
        if (c.needs(1))
          grads[1] = product_as(bt, joined_columns(transposed(by_a), batch, bs), joined_rows(g, batch, bs),
                                by_b.stack.dtype());
        return grads;
      });
}

// The extents of a stack's shape before the last two, with ones in front to be `rank` in all.
Shape batch_of(const Tensor& x, int rank) {
  std::vector<std::int64_t> extents(static_cast<std::size_t>(rank - x.rank() + 2), 1);
  extents.insert(extents.end(), x.shape().begin(), x.shape().end() - 2);
  return Shape(extents);
}

Operand stacked(const Tensor& x, const Shape& batch) {
  return {x.reshape({batch.numel(), x.dim(-2), x.dim(-1)}), batch};
}

// The checks of matmul that need no more than the ranks have been made.
Tensor multiplied(const Tensor& a, const Tensor& b) {
  const Tensor left = a.rank() == 1 ? a.reshape({1, -1}) : a;
  const Tensor right = b.rank() == 1 ? b.reshape({-1, 1}) : b;
  const std::int64_t m = left.dim(-2), k = left.dim(-1), n = right.dim(-1);
  check(right.dim(-2) == k, "matmul: {} and {} do not fit, the inner extents are {} and {}", a.shape(), b.shape(), k,
        right.dim(-2));
  const int rank = std::max(left.rank(), right.rank()) - 2;
  Shape of_left = batch_of(left, rank), of_right = batch_of(right, rank);
  const Shape batch = broadcast_shapes("matmul", of_left, of_right);
  // One matrix on the right: the left ones are one tall matrix. Else one extent where one says it all.
  const bool is_tall = of_right.numel() == 1;
  if (is_tall || of_left.numel() == 1 || of_left == of_right) {
    of_left = Shape{is_tall ? 1 : of_left.numel()};
    of_right = Shape{of_right.numel()};
  }
  const Operand tall{is_tall ? left.reshape({1, batch.numel() * m, k}) : Tensor{}, of_left};
  const Tensor y = product(is_tall ? tall : stacked(left, of_left), stacked(right, of_right), a.dtype());
  std::vector<std::int64_t> extents(batch.begin(), batch.end());
  if (a.rank() > 1) extents.push_back(m);
  if (b.rank() > 1) extents.push_back(n);
  return y.reshape(Shape(extents));
}

}  // namespace

Tensor matmul(const Tensor& given_a, const Tensor& given_b) {
  check_floating("matmul", {{"a", given_a}, {"b", given_b}});
  const Tensor a = autocast(given_a), b = autocast(given_b);
  check_same_dtype("matmul", a, b);
  check(a.rank() >= 1 && b.rank() >= 1, "matmul: operands of rank 1 or more are needed, given {} and {}", a.shape(),
        b.shape());
  return autograd::as_one_op("matmul", {a, b}, {}, [&] { return multiplied(a, b); });
}

Tensor linear(const Tensor& given, const Tensor& weight, const Tensor& bias) {
  check_floating("linear", {{"input", given}, {"weight", weight}});
  const Tensor input = autocast(given);
  for (const Tensor& other : {weight, bias}) detail::check_mixed_dtypes("linear", input, other);
  check(weight.rank() == 2 && input.rank() >= 1 && input.dim(-1) == weight.dim(1),
        "linear: weight {} (out x in) does not fit input {}", weight.shape(), input.shape());
  check(!bias.defined() || bias.shape() == Shape{weight.dim(0)}, "linear: bias {} does not fit weight {}",
        bias.defined() ? bias.shape() : Shape{}, weight.shape());
  return autograd::as_one_op("linear", {input, weight, bias}, {}, [&] {
    const Shape shape = input.shape().with(input.rank() - 1, weight.dim(0));
    const std::int64_t features = weight.dim(1), rows = input.shape().with(input.rank() - 1, 1).numel();
    const Operand left{input.reshape({1, rows, features}), {1}},
        right{weight.reshape({1, weight.dim(0), features}), {1}, true};
    const Tensor y = product(left, right, input.dtype()).reshape(shape);
    return bias.defined() ? y + bias.to(y.dtype()) : y;
  });
}

}  // namespace wisp
