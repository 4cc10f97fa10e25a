#include <wisp/ops/shape.h>

#include <array>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/allocator.h>
#include <wisp/core/nd_loop.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

// Replaces the one -1 among the extents by what is left of `numel`.
Shape resolve(std::span<const std::int64_t> extents, const Shape& from) {
  std::vector<std::int64_t> result(extents.begin(), extents.end());
  std::int64_t* unknown = nullptr;
  for (std::int64_t& extent : result) {
    if (extent != -1) continue;
    check(unknown == nullptr, "reshape: only one extent may be -1, given {}", fmt::join(extents, "x"));
    unknown = &extent;
    extent = 1;
  }
  if (unknown != nullptr) {
    const std::int64_t known = Shape(result).numel();
    check(known > 0 && from.numel() % known == 0, "reshape: {} does not fit into {}", from, fmt::join(extents, "x"));
    *unknown = from.numel() / known;
  }
  const Shape shape(result);
  check(shape.numel() == from.numel(), "reshape: {} has {} elements, {} has {}", from, from.numel(), shape,
        shape.numel());
  return shape;
}

// Memory order of one shape to memory order of another, through the logical order they share.
template <class T>
void reorder(const Shape& from, const T* x, const Shape& to, T* y) {
  if (is_row_major(from)) return strided_copy(to, y, strides(to), x, row_major_strides(to));
  if (is_row_major(to)) return strided_copy(from, y, row_major_strides(from), x, strides(from));
  Scratch<T> logical(from.numel());
  strided_copy(from, logical.data(), row_major_strides(from), x, strides(from));
  strided_copy<T>(to, y, strides(to), logical.data(), row_major_strides(to));
}

// The dimensions, each counted from the front.
std::vector<std::int64_t> from_front(std::vector<int> dims, int rank) {
  for (int& dim : dims) dim += dim < 0 ? rank : 0;
  return {dims.begin(), dims.end()};
}

}  // namespace

Tensor detail::read_strided(const Tensor& x, const Shape& shape, const Strides& steps, std::int64_t offset) {
  Tensor y = Tensor::empty(shape, x.dtype());
  if (y.numel() > 0)  // else the offset could lead anywhere
    visit_dtype(x.dtype(), [&]<class T>(T) {
      strided_copy(shape, y.mutable_data<T>(), strides(shape), x.data<T>() + offset, steps);
    });
  return y;
}

Tensor Tensor::reshape(std::span<const std::int64_t> extents) const {
  check_defined("reshape", {{"x", *this}});
  const Shape from = shape(), to = resolve(extents, from);
  Tensor y;
  if (from == to || (is_row_major(from) && is_row_major(to))) {
    y = view(to);
  } else {
    y = empty(to, dtype());
    visit_dtype(dtype(), [&]<class T>(T) { reorder(from, data<T>(), to, y.mutable_data<T>()); });
  }
  return record("reshape", y, {*this}, {}, [from](const Cotangents& c) { return Tensors{c.grad().reshape(from)}; });
}

Tensor Tensor::permute(const std::vector<int>& dims) const {
  check_defined("permute", {{"x", *this}});
  const Shape& from = shape();
  check(static_cast<int>(dims.size()) == rank(), "permute: {} dims given for a tensor of rank {}", dims.size(), rank());
  const Strides from_strides = strides(from);
  std::vector<std::int64_t> extents(dims.size());
  std::vector<int> inverse(dims.size(), -1);
  Strides moved{};
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto source = static_cast<std::size_t>(normalize_dim("permute", dims[i], rank()));
    check(inverse[source] == -1, "permute: dimension {} is named twice", dims[i]);
    inverse[source] = static_cast<int>(i);
    extents[i] = from[static_cast<int>(source)];
    moved[i] = from_strides[source];
  }
  const Shape to(extents);
  const Tensor y = detail::read_strided(*this, to, moved);
  return autograd::as_one_op("permute", {*this}, {{"dims", from_front(dims, rank())}}, [&] {
    return record("permute", y, {*this}, {},
                  [inverse](const Cotangents& c) { return Tensors{c.grad().permute(inverse)}; });
  });
}

Tensor Tensor::flip(const std::vector<int>& dims) const {
  check_defined("flip", {{"x", *this}});
  Strides reversed = strides(shape());
  std::array<bool, Shape::max_rank> named{};
  std::int64_t last = 0;  // offset of the element that comes first
  for (const int dim : dims) {
    const int i = normalize_dim("flip", dim, rank());
    check(!named[static_cast<std::size_t>(i)], "flip: dimension {} is named twice", dim);
    named[static_cast<std::size_t>(i)] = true;
    std::int64_t& step = reversed[static_cast<std::size_t>(i)];
    last += step * (shape()[i] - 1);
    step = -step;
  }
  const Tensor y = detail::read_strided(*this, shape(), reversed, last);
  return autograd::as_one_op("flip", {*this}, {{"dims", from_front(dims, rank())}}, [&] {
    return record("flip", y, {*this}, {}, [dims](const Cotangents& c) { return Tensors{c.grad().flip(dims)}; });
  });
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  check_defined("broadcast_to", {{"x", x}});
  if (x.shape() == shape) return x.reshape(shape);
  check(x.rank() <= shape.rank() && broadcast_shapes("broadcast_to", x.shape(), shape) == shape,
        "broadcast_to: {} cannot be repeated to {}", x.shape(), shape);
  const Tensor y = detail::read_strided(x, shape, broadcast_strides(x.shape(), shape));
  return record("broadcast_to", y, {x}, {},
                [from = x.shape()](const Cotangents& c) { return Tensors{sum_to(c.grad(), from)}; });
}

Tensor reshape(const Tensor& x, const std::vector<std::int64_t>& extents) { return x.reshape(std::span(extents)); }
Tensor permute(const Tensor& x, const std::vector<int>& dims) { return x.permute(dims); }
Tensor flip(const Tensor& x, const std::vector<int>& dims) { return x.flip(dims); }

}  // namespace wisp
