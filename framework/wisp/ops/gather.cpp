#include <wisp/ops/gather.h>

#include <wisp/autograd/recorder.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/choose.h>

namespace wisp {
namespace {

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
  return autograd::as_one_op("gather", {input, index}, {{"dim", std::int64_t{axis}}}, [&] {
    check_index(input, axis, index);
    const Strides order = strides(index.shape());
    return detail::choose({"gather",
                           "scatter_add",
                           {index.shape(), axis, order, order, strides(input.shape())},
                           input.shape(),
                           index.shape()},
                          input, index);
  });
}

}  // namespace wisp
