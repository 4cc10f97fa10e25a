// What an op checks at its door, in its own name, before it hands its tensors to others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include <fmt/ranges.h>

#include <wisp/core/allocator.h>
#include <wisp/core/tensor.h>

namespace wisp {

/// A tensor and what the op calls it.
struct Argument {
  const char* name;
  const Tensor& tensor;
};

/// Throws Error in the name of `op` when a tensor is undefined.
inline void check_defined(const char* op, std::initializer_list<Argument> arguments) {
  for (const auto& [name, tensor] : arguments)
    check(tensor.defined(), "{}: {} is undefined, a tensor is needed", op, name);
}

/// The same, and when its dtype is not one that computes: f32, f64 or bf16.
inline void check_floating(const char* op, std::initializer_list<Argument> arguments) {
  check_defined(op, arguments);
  for (const Argument& argument : arguments) visit_floating_dtype(op, argument.tensor.dtype(), [](auto) {});
}

/// Throws Error in the name of `op` when a tensor with these extents, each at least 0, would be larger than can be
/// addressed.
inline void check_size(const char* op, std::initializer_list<std::int64_t> extents) {
  double elements = 1;
  for (const std::int64_t extent : extents) elements *= static_cast<double>(std::max<std::int64_t>(extent, 1));
  check(elements <= static_cast<double>(most_bytes / sizeof(double)),
        "{}: the result, {}, would be too large to address", op, fmt::join(extents, "x"));
}

}  // namespace wisp
