#include <wisp/ops/gather.h>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/kernels/gather.h>
#include <wisp/kernels/profile.h>
#include <wisp/ops/arguments.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;
using kernels::KernelTimer;

kernels::Choice choice(const Shape& input, int dim, const Shape& index) {
  return {index, dim, strides(index), strides(index), strides(input)};
}

Tensor scatter_add(const Tensor& y, int dim, const Tensor& index, const Shape& shape);

// The index has been checked. Adjoint: scatter_add.
Tensor choose(const Tensor& x, int dim, const Tensor& index) {
  const KernelTimer timer("gather");
  Tensor y = Tensor::empty(index.shape(), x.dtype());
  visit_dtype(x.dtype(), [&]<class T>(T) {
    kernels::gather(choice(x.shape(), dim, index.shape()), x.data<T>(), index.data<std::int64_t>(),
                    y.mutable_data<T>());
  });
  return record("gather", y, {x}, {{index}}, [dim, shape = x.shape()](const Cotangents& c) {
    return Tensors{scatter_add(c.grad(), dim, c.saved(0), shape)};
  });
}

// Zeros of `shape` with y added where the index says, summed in double. Adjoint: choose.
Tensor scatter_add(const Tensor& y, int dim, const Tensor& index, const Shape& shape) {
  const KernelTimer timer("gather");
  Tensor sums = Tensor::zeros(shape, DType::f64);
  visit_floating_dtype("gather", y.dtype(), [&]<class T>(T) {
    kernels::scatter_add(choice(shape, dim, index.shape()), y.data<T>(), index.data<std::int64_t>(),
                         sums.mutable_data<double>());
  });
  return record("scatter_add", sums.to(y.dtype()), {y}, {{index}},
                [dim](const Cotangents& c) { return Tensors{choose(c.grad(), dim, c.saved(0))}; });
}

void check_index(const Tensor& input, int dim, const Tensor& index) {
  check(index.dtype() == DType::i64, "gather: index must be i64, given {}", name_of(index.dtype()));
  check(index.rank() == input.rank(), "gather: index must have the rank of the input, given {} for {}", index.shape(),
        input.shape());
  for (int i = 0; i < input.rank(); ++i)
    check(i == dim || index.shape()[i] <= input.shape()[i],
          "gather: index {} is larger than the input {} in dimension {}; only dimension {} may be", index.shape(),
          input.shape(), i, dim);
  const std::int64_t extent = input.shape()[dim];
  const std::int64_t* const at = index.data<std::int64_t>();
  for (std::int64_t i = 0; i < index.numel(); ++i)
    check(0 <= at[i] && at[i] < extent, "gather: index {} is out of range, dimension {} of {} has {} elements", at[i],
          dim, input.shape(), extent);
}

}  // namespace

Tensor gather(const Tensor& input, int dim, const Tensor& index) {
  check_defined("gather", {{"input", input}, {"index", index}});
  const int axis = normalize_dim("gather", dim, input.rank());
  const auto describe = [&] { return autograd::CalledWith{{input, index}, {{"dim", std::int64_t{axis}}}}; };
  return autograd::as_one_op("gather", describe, [&] {
    check_index(input, axis, index);
    return choose(input, axis, index);
  });
}

}  // namespace wisp
