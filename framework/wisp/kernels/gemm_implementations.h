// The implementations of matrix multiplication, and which of them runs; see conv2d_implementations.h.
#pragma once

#include <compare>
#include <span>

#include <wisp/core/dtype.h>
#include <wisp/kernels/backend.h>
#include <wisp/kernels/gemm.h>

namespace wisp::kernels {

/// c = a b with row strides: m x n, sum over k.
struct GemmProblem {
  std::int64_t m, n, k;
  std::int64_t a_stride;
  bool a_transposed;
  std::int64_t b_stride;
  bool b_transposed;
  std::int64_t c_stride;
  DType operand;  ///< f32, f64 or bf16
  DType result;   ///< that of the operands, or f32 for bf16

  auto operator<=>(const GemmProblem&) const = default;
};

struct GemmImplementation {
  const char* name;
  Backend backend;
  bool (*supports)(const GemmProblem& problem);
  bool (*is_worth)(const GemmProblem& problem);
  void (*run)(const GemmProblem& problem, const void* a, const void* b, void* c);
};

std::span<const GemmImplementation> gemm_implementations();

/// The implementation that the backend in force gives the problem. Throws Error when that is a forced one without any.
const GemmImplementation& choose(const GemmProblem& problem);

}  // namespace wisp::kernels
