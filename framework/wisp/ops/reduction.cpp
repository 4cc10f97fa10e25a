#include <wisp/ops/reduction.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/max_or_nan.h>
#include <wisp/kernels/elementwise.h>
#include <wisp/kernels/profile.h>
#include <wisp/kernels/reduce.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/elementwise.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using autograd::Cotangents;

// Which dimensions go, and the shape that remains.
struct Plan {
  std::array<bool, Shape::max_rank> reduced{};
  Shape keepdim_shape;  // reduced extents are 1
  Shape shape;          // the result's
};

Plan plan_reduction(const char* op, const Shape& shape, const std::vector<int>& dims, bool keepdim) {
  Plan plan;
  for (const int dim : dims) {
    const auto at = static_cast<std::size_t>(normalize_dim(op, dim, shape.rank()));
    check(!plan.reduced[at], "{}: dimension {} is named twice", op, dim);
    plan.reduced[at] = true;
  }
  if (dims.empty()) std::fill_n(plan.reduced.begin(), shape.rank(), true);
  std::vector<std::int64_t> kept, ones;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool gone = plan.reduced[static_cast<std::size_t>(i)];
    ones.push_back(gone ? 1 : shape[i]);
    if (!gone) kept.push_back(shape[i]);
  }
  plan.keepdim_shape = Shape(ones);
  plan.shape = keepdim ? plan.keepdim_shape : Shape(kept);
  return plan;
}

kernels::Reduction strides_of(const Plan& plan, const Shape& shape) {
  kernels::Reduction result;
  const Strides x = strides(shape), y = strides(plan.shape);
  const bool keepdim = plan.shape.rank() == shape.rank();
  std::vector<std::int64_t> kept, reduced;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (plan.reduced[at]) {
      result.reduced_x[reduced.size()] = x[at];
      reduced.push_back(shape[i]);
    } else {
      result.kept_y[kept.size()] = y[keepdim ? at : kept.size()];
      result.kept_x[kept.size()] = x[at];
      kept.push_back(shape[i]);
    }
  }
  result.kept = Shape(kept);
  result.reduced = Shape(reduced);
  return result;
}

template <class Combine, class Finish>
Tensor reduce(const char* op, const Tensor& x, const Plan& plan, double init, Combine combine, Finish finish) {
  const kernels::KernelTimer timer("reduction", [&] { return kernels::KernelCall{.description = op}; });
  Tensor y = Tensor::empty(plan.shape, x.dtype());
  visit_floating_dtype(op, x.dtype(), [&]<class T>(T) {
    kernels::reduce(strides_of(plan, x.shape()), x.data<T>(), y.mutable_data<T>(), init, combine, finish);
  });
  return y;
}

Tensor sum_over(const char* op, const Tensor& x, const Plan& plan, double divisor) {
  return reduce(
      op, x, plan, 0.0, [](double a, double b) { return a + b; }, [=](double s) { return s / divisor; });
}

// x / divisor, rounded once: the divisor is a double whatever the dtype of x.
Tensor divided(const Tensor& x, double divisor) {
  return elementwise(
      "mean", x, {}, [=](auto v) { return static_cast<decltype(v)>(static_cast<double>(v) / divisor); },
      [=](const Cotangents& c) { return divided(c.grad(), divisor); });
}

// 1 where x is the largest of its line, else 0; NaN in lines whose largest is NaN.
Tensor ties(const Tensor& x, const Tensor& largest) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  visit_floating_dtype("amax", x.dtype(), [&]<class T>(T) {
    kernels::broadcast_map(x.shape(), x.data<T>(), strides(x.shape()), largest.data<T>(),
                           broadcast_strides(largest.shape(), x.shape()), y.mutable_data<T>(), strides(x.shape()),
                           []<class C>(C v, C most) { return std::isnan(most) ? most : static_cast<C>(v == most); });
  });
  return y;
}

// All dimensions where none is named.
autograd::CalledWith called_with(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  std::vector<std::int64_t> reduced;
  for (int i = 0; i < x.rank(); ++i) {
    const auto named = [&](int dim) { return dim == i || dim + x.rank() == i; };
    if (dims.empty() || std::any_of(dims.begin(), dims.end(), named)) reduced.push_back(i);
  }
  return {{x}, {{"dims", reduced}, {"keepdim", keepdim}}};
}

}  // namespace

Tensor sum(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  check_floating("sum", {{"x", x}});
  const Plan plan = plan_reduction("sum", x.shape(), dims, keepdim);
  const auto compute = [&] {
    return autograd::record("sum", sum_over("sum", x, plan, 1.0), {x}, {}, [=, shape = x.shape()](const Cotangents& c) {
      return Tensors{broadcast_to(c.grad().reshape(plan.keepdim_shape), shape)};
    });
  };
  return autograd::as_one_op(
      "sum", [&] { return called_with(x, dims, keepdim); }, compute);
}

Tensor mean(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  check_floating("mean", {{"x", x}});
  const Plan plan = plan_reduction("mean", x.shape(), dims, keepdim);
  const auto count = static_cast<double>(strides_of(plan, x.shape()).reduced.numel());
  const auto compute = [&] {
    return autograd::record("mean", sum_over("mean", x, plan, count), {x}, {},
                            [=, shape = x.shape()](const Cotangents& c) {
                              return Tensors{broadcast_to(divided(c.grad(), count).reshape(plan.keepdim_shape), shape)};
                            });
  };
  return autograd::as_one_op(
      "mean", [&] { return called_with(x, dims, keepdim); }, compute);
}

Tensor amax(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  check_floating("amax", {{"x", x}});
  const Plan plan = plan_reduction("amax", x.shape(), dims, keepdim);
  for (int i = 0; i < x.rank(); ++i)
    check(!plan.reduced[static_cast<std::size_t>(i)] || x.shape()[i] > 0, "amax: dimension {} of {} has no elements", i,
          x.shape());
  const Tensor y = reduce(
      "amax", x, plan, -std::numeric_limits<double>::infinity(), [](double a, double b) { return max_or_nan(a, b); },
      [](double m) { return m; });
  const auto compute = [&] {
    return autograd::record("amax", y, {x}, {.tensors = {x.detach()}, .outputs = true},
                            [dims, kept = plan.keepdim_shape](const Cotangents& c) {
                              const Tensor& input = c.saved(0);
                              const Tensor chosen = ties(input, c.output().detach().reshape(kept));
                              const Tensor share = c.grad().reshape(kept) / sum(chosen, dims, true);
                              return Tensors{leaky_relu_backward(broadcast_to(share, input.shape()), chosen, 0.0)};
                            });
  };
  return autograd::as_one_op(
      "amax", [&] { return called_with(x, dims, keepdim); }, compute);
}

Tensor argmax(const Tensor& x, int dim, bool keepdim) {
  check_floating("argmax", {{"x", x}});
  const int axis = normalize_dim("argmax", dim, x.rank());
  const Shape shape = plan_reduction("argmax", x.shape(), {axis}, keepdim).shape;
  const std::int64_t extent = x.shape()[axis], step = row_major_strides(x.shape())[static_cast<std::size_t>(axis)];
  check(extent > 0, "argmax: dimension {} of {} has no elements", dim, x.shape());
  std::vector<std::int64_t> indices(static_cast<std::size_t>(shape.numel()), 0);
  visit_floating_dtype("argmax", x.dtype(), [&]<class T>(T) {
    const ReadGuard none(nullptr);
    const std::vector<T> values = x.values<T>();
    for (std::int64_t i = 0; i < shape.numel(); ++i) {
      const T* line = values.data() + i / step * step * extent + i % step;
      std::int64_t& largest = indices[static_cast<std::size_t>(i)];
      for (std::int64_t k = 1; k < extent; ++k) {
        const auto value = widen(line[k * step]), best = widen(line[largest * step]);
        if (!std::isnan(best) && !(value <= best)) largest = k;
      }
    }
  });
  return autograd::as_one_op(
      "argmax", [&] { return called_with(x, {axis}, keepdim); }, [&] { return Tensor::from(shape, indices); });
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  check_defined("sum_to", {{"x", x}});
  if (x.shape() == shape) return x;
  check_floating("sum_to", {{"x", x}});
  check(shape.rank() <= x.rank() && broadcast_shapes("sum_to", shape, x.shape()) == x.shape(),
        "sum_to: {} cannot have been repeated to {}", shape, x.shape());
  std::vector<int> dims;
  const int shift = x.rank() - shape.rank();
  for (int i = 0; i < x.rank(); ++i)
    if (i < shift || (shape[i - shift] == 1 && x.shape()[i] != 1)) dims.push_back(i);
  return dims.empty() ? x.reshape(shape) : sum(x, dims, true).reshape(shape);
}

Shape reduced_shape(const char* op, const Shape& shape, const std::vector<int>& dims, bool keepdim) {
  return plan_reduction(op, shape, dims, keepdim).shape;
}

}  // namespace wisp
