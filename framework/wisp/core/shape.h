// Shape: the extents of a tensor, and the one function that says how they lie in memory.
//
// Invariants: 0 <= rank <= max_rank, every extent >= 0, the product fits std::int64_t.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include <fmt/ranges.h>

#include <wisp/core/error.h>

namespace wisp {

/// The extents of a tensor, outermost first (rank 4: N, C, H, W). A value type without allocation.
class Shape {
 public:
  static constexpr int max_rank = 8;

  Shape() = default;
  /// Throws Error on a negative extent, more than max_rank extents, or a product beyond 2^62.
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  std::int64_t operator[](int i) const { return extents_[static_cast<std::size_t>(i)]; }
  /// Extent of dimension i; i may be negative, counting from the end. Throws Error when out of range.
  std::int64_t dim(int i) const;
  /// Number of elements: the product of the extents, 1 for rank 0.
  std::int64_t numel() const;

  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }
  /// A copy with extent i replaced.
  Shape with(int i, std::int64_t extent) const;
  bool operator==(const Shape& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

  /// "8x4x28x28"; "scalar" for rank 0.
  std::string to_string() const;

 private:
  std::array<std::int64_t, max_rank> extents_{};
  int rank_ = 0;
};

/// Steps in elements between neighbours along each dimension.
using Strides = std::array<std::int64_t, Shape::max_rank>;

/// Memory layout is a function of rank: rank 4 (N, C, H, W) is channels-last, strides (HWC, 1, WC, C);
/// every other rank is row-major.
Strides strides(const Shape& shape);

/// Row-major strides at every rank: the logical order used by files and `values()`.
Strides row_major_strides(const Shape& shape);

/// Whether the row-major order of `shape` is its memory order: any rank but 4, or C = 1, or H = W = 1.
bool is_row_major(const Shape& shape);

/// The index in [0, rank) that `dim` in [-rank, rank) names; throws Error naming `op` otherwise.
int normalize_dim(const char* op, int dim, int rank);

/// PyTorch's broadcasting: aligned at the last dimension, extents equal or 1. Throws Error naming `op`.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

/// Strides that read a tensor of shape `from` as if it had shape `to` (0 where it is repeated).
Strides broadcast_strides(const Shape& from, const Shape& to);

}  // namespace wisp

template <>
struct fmt::formatter<wisp::Shape> : fmt::formatter<std::string> {
  auto format(const wisp::Shape& shape, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(shape.to_string(), context);
  }
};
