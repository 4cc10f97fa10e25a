#include <wisp/ops/reduction.h>

#include <array>
#include <cmath>
#include <limits>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/max_or_nan.h>
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

// Which dimensions go, and what remains.
struct Plan {
  std::vector<std::int64_t> dims;
  Shape keepdim_shape;  // reduced extents are 1
  Shape shape;          // the result's
  kernels::Reduction strides;
};

Plan plan_reduction(const char* op, const Shape& shape, const std::vector<int>& dims, bool keepdim) {
  std::array<bool, Shape::max_rank> gone{};
  for (const int dim : dims) {
    bool& named = gone[static_cast<std::size_t>(normalize_dim(op, dim, shape.rank()))];
    check(!named, "{}: dimension {} is named twice", op, dim);
    named = true;
  }
  Plan plan{{}, shape, {}, {}};
  const Strides x = strides(shape);
  std::vector<std::int64_t> kept, reduced;
  std::vector<std::size_t> places;  // of the kept ones in the result
  for (std::size_t i = 0; i < static_cast<std::size_t>(shape.rank()); ++i) {
    const int dim = static_cast<int>(i);
    if (dims.empty() || gone[i]) {
      plan.strides.reduced_x[reduced.size()] = x[i];
      reduced.push_back(shape[dim]);
      plan.dims.push_back(dim);
      plan.keepdim_shape = plan.keepdim_shape.with(dim, 1);
    } else {
      plan.strides.kept_x[kept.size()] = x[i];
      places.push_back(keepdim ? i : kept.size());
      kept.push_back(shape[dim]);
    }
  }
  plan.strides.kept = Shape(kept);
  plan.strides.reduced = Shape(reduced);
  plan.shape = keepdim ? plan.keepdim_shape : plan.strides.kept;
  const Strides y = strides(plan.shape);
  for (std::size_t i = 0; i < places.size(); ++i) plan.strides.kept_y[i] = y[places[i]];
  return plan;
}

template <class Combine, class Finish>
Tensor reduce(const char* op, const Tensor& x, const Plan& plan, double init, Combine combine, Finish finish) {
  const kernels::KernelTimer timer("reduction", [&] { return kernels::KernelCall{.description = op}; });
  Tensor y = Tensor::empty(plan.shape, x.dtype());
  visit_floating_dtype(op, x.dtype(), [&]<class T>(T) {
    kernels::reduce(plan.strides, x.data<T>(), y.mutable_data<T>(), init, combine, finish);
  });
  return y;
}

// x / divisor, rounded once: the divisor is a double whatever the dtype of x.
Tensor divided(const Tensor& x, double divisor) {
  return elementwise(
      "mean", x, {}, [=](auto v) { return static_cast<decltype(v)>(static_cast<double>(v) / divisor); },
      [=](const Cotangents& c) { return divided(c.grad(), divisor); });
}

// 1 where x is the largest of its line, else 0; NaN in lines whose largest is NaN.
Tensor ties(const Tensor& x, const Tensor& largest) {
  return detail::mapped("amax", x, largest,
                        []<class T>(T v, T most) { return std::isnan(most) ? most : static_cast<T>(v == most); });
}

// The sum over the dimensions, or their mean.
Tensor sum_or_mean(const char* op, const Tensor& x, const std::vector<int>& dims, bool keepdim, bool is_mean) {
  check_floating(op, {{"x", x}});
  const Plan plan = plan_reduction(op, x.shape(), dims, keepdim);
  const double divisor = is_mean ? static_cast<double>(plan.strides.reduced.numel()) : 1.0;
  return autograd::as_one_op(op, {x}, {{"dims", plan.dims}, {"keepdim", keepdim}}, [&] {
    const Tensor y = reduce(
        op, x, plan, 0.0, [](double a, double b) { return a + b; }, [=](double s) { return s / divisor; });
    return autograd::record(op, y, {x}, {},
                            [is_mean, divisor, kept = plan.keepdim_shape, shape = x.shape()](const Cotangents& c) {
                              const Tensor g = is_mean ? divided(c.grad(), divisor) : c.grad();
                              return Tensors{broadcast_to(g.reshape(kept), shape)};
                            });
  });
}

}  // namespace

Tensor sum(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  return sum_or_mean("sum", x, dims, keepdim, false);
}

Tensor mean(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  return sum_or_mean("mean", x, dims, keepdim, true);
}

Tensor amax(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  check_floating("amax", {{"x", x}});
  const Plan plan = plan_reduction("amax", x.shape(), dims, keepdim);
  for (const std::int64_t dim : plan.dims)
    check(x.dim(static_cast<int>(dim)) > 0, "amax: dimension {} of {} has no elements", dim, x.shape());
  return autograd::as_one_op("amax", {x}, {{"dims", plan.dims}, {"keepdim", keepdim}}, [&] {
    const Tensor y = reduce(
        "amax", x, plan, -std::numeric_limits<double>::infinity(), [](double a, double b) { return max_or_nan(a, b); },
        [](double m) { return m; });
    return autograd::record("amax", y, {x}, {.tensors = {x.detach()}, .outputs = true},
                            [dims, kept = plan.keepdim_shape](const Cotangents& c) {
                              const Tensor& input = c.saved(0);
                              const Tensor chosen = ties(input, c.output().detach().reshape(kept));
                              const Tensor share = c.grad().reshape(kept) / sum(chosen, dims, true);
                              return Tensors{leaky_relu_backward(broadcast_to(share, input.shape()), chosen, 0.0)};
                            });
  });
}

Tensor argmax(const Tensor& x, int dim, bool keepdim) {
  check_floating("argmax", {{"x", x}});
  const int axis = normalize_dim("argmax", dim, x.rank());
  const Shape shape = plan_reduction("argmax", x.shape(), {axis}, keepdim).shape;
  const std::int64_t extent = x.shape()[axis], step = row_major_strides(x.shape())[static_cast<std::size_t>(axis)];
  check(extent > 0, "argmax: dimension {} of {} has no elements", dim, x.shape());
  return autograd::as_one_op("argmax", {x}, {{"dims", std::vector<std::int64_t>{axis}}, {"keepdim", keepdim}}, [&] {
    return visit_floating_dtype("argmax", x.dtype(), [&]<class T>(T) {
      const std::vector<T> values = x.values<T>();
      std::vector<std::int64_t> indices(static_cast<std::size_t>(shape.numel()));
      kernels::argmax<T>(values, extent, step, indices);
      return Tensor::from(shape, indices);
    });
  });
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

Shape detail::reduced_shape(const char* op, const Shape& shape, const std::vector<int>& dims, bool keepdim) {
  return plan_reduction(op, shape, dims, keepdim).shape;
}

}  // namespace wisp
