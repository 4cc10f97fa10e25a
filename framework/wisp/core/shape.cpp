#include <wisp/core/shape.h>

#include <algorithm>
#include <cassert>

namespace wisp {

Shape::Shape(std::span<const std::int64_t> extents) {
  check(extents.size() <= max_rank, "shape: rank {} given, at most {} is supported", extents.size(), int{max_rank});
  std::copy(extents.begin(), extents.end(), extents_.begin());
  rank_ = static_cast<int>(extents.size());
  constexpr std::int64_t limit = std::int64_t{1} << 62;
  std::int64_t product = 1;
  for (std::int64_t extent : extents) {
    check(extent >= 0, "shape: extents must be at least 0, {} given in {}", extent, *this);
    check(extent == 0 || product <= limit / extent, "shape: {} has too many elements", *this);
    product *= std::max<std::int64_t>(extent, 1);
  }
}

std::int64_t Shape::dim(int i) const { return (*this)[normalize_dim("dim", i, rank_)]; }

std::int64_t Shape::numel() const {
  std::int64_t product = 1;
  for (std::int64_t extent : *this) product *= extent;
  return product;
}

Shape Shape::with(int i, std::int64_t extent) const {
  assert(0 <= i && i < rank_);
  Shape copy = *this;
  copy.extents_[static_cast<std::size_t>(i)] = extent;
  return Shape(std::span(copy.begin(), copy.end()));
}

std::string Shape::to_string() const {
  return rank_ == 0 ? "scalar" : fmt::format("{}", fmt::join(begin(), end(), "x"));
}

Strides row_major_strides(const Shape& shape) {
  Strides result{};
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    result[static_cast<std::size_t>(i)] = step;
    step *= shape[i];
  }
  return result;
}

Strides strides(const Shape& shape) {
  if (shape.rank() != 4) return row_major_strides(shape);
  const std::int64_t channels = shape[1], height = shape[2], width = shape[3];
  return {height * width * channels, 1, width * channels, channels};
}

bool is_row_major(const Shape& shape) { return shape.rank() != 4 || shape[1] == 1 || (shape[2] == 1 && shape[3] == 1); }

int normalize_dim(const char* op, int dim, int rank) {
  check(-rank <= dim && dim < rank, "{}: dimension {} is out of range for a tensor of rank {}", op, dim, rank);
  return dim < 0 ? dim + rank : dim;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::array<std::int64_t, Shape::max_rank> extents{};
  for (int i = 0; i < rank; ++i) {
    const int in_a = i - (rank - a.rank()), in_b = i - (rank - b.rank());
    const std::int64_t extent_a = in_a < 0 ? 1 : a[in_a], extent_b = in_b < 0 ? 1 : b[in_b];
    check(extent_a == extent_b || extent_a == 1 || extent_b == 1, "{}: shapes {} and {} do not broadcast", op, a, b);
    extents[static_cast<std::size_t>(i)] = extent_a == 1 ? extent_b : extent_a;
  }
  return Shape(std::span(extents.data(), static_cast<std::size_t>(rank)));
}

Strides broadcast_strides(const Shape& from, const Shape& to) {
  const Strides own = strides(from);
  Strides result{};
  const int shift = to.rank() - from.rank();
  assert(shift >= 0);
  for (int i = 0; i < from.rank(); ++i)
    result[static_cast<std::size_t>(i + shift)] = from[i] == 1 ? 0 : own[static_cast<std::size_t>(i)];
  return result;
}

}  // namespace wisp
