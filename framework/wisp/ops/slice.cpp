#include <wisp/ops/slice.h>

#include <algorithm>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>
#include <wisp/core/nd_loop.h>
#include <wisp/core/text.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

using Origin = std::array<std::int64_t, Shape::max_rank>;

std::int64_t offset_of(const Shape& shape, const Origin& origin) {
  const Strides step = strides(shape);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(shape.rank()); ++i) offset += origin[i] * step[i];
  return offset;
}

// Writes x as a box into y, its first element at `offset` in y's memory.
void place(const Tensor& x, Tensor& y, std::int64_t offset) {
  if (x.numel() == 0) return;  // the offset could lead anywhere
  visit_dtype(x.dtype(), [&]<class T>(T) {
    strided_copy(x.shape(), y.mutable_data<T>() + offset, strides(y.shape()), x.data<T>(), strides(x.shape()));
  });
}

Tensor embed(const Tensor& x, const Shape& shape, const Origin& origin);

// The box of extents `shape` at `origin` in x. Adjoint: embed.
Tensor crop(const Tensor& x, const Shape& shape, const Origin& origin) {
  const Tensor y = detail::read_strided(x, shape, strides(x.shape()), offset_of(x.shape(), origin));
  return record("crop", y, {x}, {},
                [=, from = x.shape()](const Cotangents& c) { return Tensors{embed(c.grad(), from, origin)}; });
}

// Zeros of `shape` with x at `origin`. Adjoint: crop.
Tensor embed(const Tensor& x, const Shape& shape, const Origin& origin) {
  Tensor y = Tensor::zeros(shape, x.dtype());
  place(x, y, offset_of(shape, origin));
  return record("embed", y, {x}, {},
                [=, from = x.shape()](const Cotangents& c) { return Tensors{crop(c.grad(), from, origin)}; });
}

// x with a border along one dimension, made of x.
Tensor bordered(const Tensor& x, int dim, std::int64_t before, std::int64_t after, PaddingMode mode) {
  if (before == 0 && after == 0) return x;
  const std::int64_t size = x.shape()[dim], most = std::max(before, after);
  const auto part = [&](std::int64_t start, std::int64_t length) { return x.narrow(dim, start, length); };
  if (mode == PaddingMode::reflect) {
    check(most < size, "pad2d: reflect can add at most {} pixels to {}, given {}", size - 1, size, most);
    return cat({part(1, before).flip({dim}), x, part(size - 1 - after, after).flip({dim})}, dim);
  }
  if (mode == PaddingMode::circular) {
    check(most <= size, "pad2d: circular can add at most {} pixels to {}, given {}", size, size, most);
    return cat({part(size - before, before), x, part(0, after)}, dim);
  }
  check(size >= 1, "pad2d: replicate has no pixel to repeat (input {})", x.shape());
  const auto repeated = [&](std::int64_t at, std::int64_t times) {
    return broadcast_to(part(at, 1), x.shape().with(dim, times));
  };
  return cat({repeated(0, before), x, repeated(size - 1, after)}, dim);
}

}  // namespace

Tensor Tensor::narrow(int dim, std::int64_t start, std::int64_t length) const {
  check_defined("narrow", {{"x", *this}});
  const int i = normalize_dim("narrow", dim, rank());
  check(0 <= start && 0 <= length && start <= shape()[i] - length,
        "narrow: {} slices from {} on asked for, dimension {} has {}", length, start, dim, shape()[i]);
  Origin origin{};
  origin[static_cast<std::size_t>(i)] = start;
  return autograd::as_one_op("narrow", {*this}, {{"dim", std::int64_t{i}}, {"start", start}, {"length", length}},
                             [&] { return crop(*this, shape().with(i, length), origin); });
}

Tensor narrow(const Tensor& x, int dim, std::int64_t start, std::int64_t length) {
  return x.narrow(dim, start, length);
}

Tensor cat(const Tensors& tensors, int dim) {
  constexpr std::int64_t largest = std::int64_t{1} << 62;
  check(!tensors.empty(), "cat: no tensors given");
  for (const Tensor& tensor : tensors) check_defined("cat", {{"a tensor", tensor}});
  const Tensor& first = tensors.front();
  const int axis = normalize_dim("cat", dim, first.rank());
  std::vector<std::int64_t> starts, lengths;
  std::int64_t total = 0;
  for (const Tensor& tensor : tensors) {
    check(tensor.dtype() == first.dtype(), "cat: dtypes {} and {} are mixed", name_of(first.dtype()),
          name_of(tensor.dtype()));
    check(tensor.rank() == first.rank() && tensor.shape().with(axis, 0) == first.shape().with(axis, 0),
          "cat: {} and {} differ in more than dimension {}", first.shape(), tensor.shape(), dim);
    check(tensor.shape()[axis] <= largest - total,
          "cat: the result would have more than 2^62 slices along dimension {}", dim);
    starts.push_back(total);
    lengths.push_back(tensor.shape()[axis]);
    total += lengths.back();
  }
  const Shape shape = first.shape().with(axis, total);
  const std::int64_t step = strides(shape)[static_cast<std::size_t>(axis)];
  Tensor y = Tensor::empty(shape, first.dtype());
  for (std::size_t i = 0; i < tensors.size(); ++i) place(tensors[i], y, starts[i] * step);
  return autograd::as_one_op("cat", tensors, {{"dim", std::int64_t{axis}}}, [&] {
    return record("cat", y, tensors, {}, [=](const Cotangents& c) {
      Tensors grads;
      for (std::size_t i = 0; i < starts.size(); ++i)
        grads.push_back(c.needs(i) ? c.grad().narrow(axis, starts[i], lengths[i]) : Tensor{});
      return grads;
    });
  });
}

const char* name_of(PaddingMode mode) {
  constexpr const char* names[] = {"zeros", "reflect", "replicate", "circular"};
  return names[static_cast<int>(mode)];
}

PaddingMode padding_mode_of(std::string_view name) {
  for (const PaddingMode mode :
       {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::replicate, PaddingMode::circular})
    if (name == name_of(mode)) return mode;
  fail("{} is not a padding mode; valid are zeros, reflect, replicate and circular", quote(name));
}

Tensor pad2d(const Tensor& x, const Padding2d& padding, PaddingMode mode) {
  check_defined("pad2d", {{"x", x}});
  check(x.rank() >= 2, "pad2d: the input ({}) has no height and width", x.shape());
  constexpr std::int64_t largest = std::int64_t{1} << 31;
  const auto [least, most] = std::minmax({padding.left, padding.right, padding.top, padding.bottom});
  check(-largest <= least && most <= largest, "pad2d: padding must be between -2^31 and 2^31, given {}",
        least < -largest ? least : most);
  const int height = x.rank() - 2, width = x.rank() - 1;
  const auto trimmed = [&](int axis, std::int64_t before, std::int64_t after) {
    const std::int64_t size = x.shape()[axis] + std::min<std::int64_t>(before, 0) + std::min<std::int64_t>(after, 0);
    check(size >= 0, "pad2d: padding {} and {} takes away more than the {} pixels there are", before, after,
          x.shape()[axis]);
    return size;
  };
  const auto added = [](std::int64_t pixels) { return std::max<std::int64_t>(pixels, 0); };
  const Shape inner = x.shape()
                          .with(height, trimmed(height, padding.top, padding.bottom))
                          .with(width, trimmed(width, padding.left, padding.right));
  Origin cut{}, placed{};
  cut[static_cast<std::size_t>(height)] = added(-padding.top);
  cut[static_cast<std::size_t>(width)] = added(-padding.left);
  const std::int64_t outer_height = inner[height] + added(padding.top) + added(padding.bottom),
                     outer_width = inner[width] + added(padding.left) + added(padding.right);
  check_size("pad2d", {inner.with(height, 1).with(width, 1).numel(), outer_height, outer_width});
  const Shape outer = inner.with(height, outer_height).with(width, outer_width);
  placed[static_cast<std::size_t>(height)] = added(padding.top);
  placed[static_cast<std::size_t>(width)] = added(padding.left);
  const auto compute = [&] {
    const Tensor kept = inner == x.shape() ? x : crop(x, inner, cut);
    if (mode != PaddingMode::zeros)
      return bordered(bordered(kept, height, added(padding.top), added(padding.bottom), mode), width,
                      added(padding.left), added(padding.right), mode);
    if (outer != inner) return embed(kept, outer, placed);
    return inner == x.shape() ? x.reshape(x.shape()) : kept;
  };
  return autograd::as_one_op("pad2d", {x},
                             {{"left", padding.left},
                              {"right", padding.right},
                              {"top", padding.top},
                              {"bottom", padding.bottom},
                              {"mode", std::string(name_of(mode))}},
                             compute);
}

}  // namespace wisp
