// The implementations of matrix multiplication, and which of them runs; see conv2d_implementations.h.
#pragma once

#include <span>

#include <wisp/kernels/backend.h>
#include <wisp/kernels/gemm.h>

namespace wisp::kernels {

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
