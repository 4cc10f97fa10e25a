// What an op checks at its door, in its own name, before it hands its tensors to others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

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

/// Throws Error in the name of `op` when the dtypes of two operands differ.
inline void check_same_dtype(const char* op, const Tensor& a, const Tensor& b) {
  check(a.dtype() == b.dtype(), "{}: dtypes {} and {} are mixed; convert one with to(DType)", op, name_of(a.dtype()),
        name_of(b.dtype()));
}

/// Throws Error in the name of `op` unless the tensor is defined and of this shape and dtype, which go with `beside`.
inline void check_fits(const char* op, const Argument& argument, const Shape& shape, DType dtype,
                       const Argument& beside) {
  const auto& [name, tensor] = argument;
  check(tensor.defined() && tensor.shape() == shape && tensor.dtype() == dtype,
        "{}: {} must be {} {}, given {} {} ({} {} {})", op, name, name_of(dtype), shape,
        tensor.defined() ? name_of(tensor.dtype()) : "", tensor.defined() ? tensor.shape() : Shape{}, beside.name,
        name_of(beside.tensor.dtype()), beside.tensor.shape());
}

/// Throws Error in the name of `op` when a tensor with these extents, each at least 0, would be larger than can be
/// addressed.
inline void check_size(const char* op, std::initializer_list<std::int64_t> extents) {
  double elements = 1;
  for (const std::int64_t extent : extents) elements *= static_cast<double>(std::max<std::int64_t>(extent, 1));
  check(elements <= static_cast<double>(most_bytes / sizeof(double)),
        "{}: the result, {}, would be too large to address", op, fmt::join(extents, "x"));
}

/// Throws Error in the name of `op` unless the labels are class numbers: i64 in [0, num_classes).
inline void check_classes(const char* op, const Tensor& labels, std::int64_t num_classes) {
  check(labels.defined(), "{}: labels are undefined, class numbers are needed", op);
  check(labels.dtype() == DType::i64, "{}: labels must hold class numbers as i64, given {}", op,
        name_of(labels.dtype()));
  const std::vector<std::int64_t> classes = labels.values<std::int64_t>();
  for (std::size_t i = 0; i < classes.size(); ++i)
    check(0 <= classes[i] && classes[i] < num_classes, "{}: class {} at position {}, valid are 0 to {}", op, classes[i],
          i, num_classes - 1);
}

}  // namespace wisp
