// The implementations of the convolution trio, and which of them runs.
//
// They stand in one list, the fastest first. A call goes to the first, of the backend in force, that supports its
// geometry and dtype and is worth running there by its measured rule; where no rule holds, to the first that supports
// it. native is last, supports everything and is always worth running. An algorithm in force leaves only those that
// compute by it, where there are any.
#pragma once

#include <span>

#include <wisp/kernels/backend.h>
#include <wisp/kernels/conv2d.h>
#include <wisp/kernels/conv_algorithm.h>

namespace wisp::kernels {

struct Conv2dImplementation {
  const char* name;
  Backend backend;
  ConvAlgorithm algorithm;
  /// Whether it can.
  bool (*supports)(const Conv2dProblem& problem);
  /// Whether it is expected to be faster than what follows in the list: the measured rules.
  bool (*is_worth)(const Conv2dProblem& problem);
  /// Runs it: operands in the order of the map's signature.
  void (*run)(const Conv2dProblem& problem, const void* first, const void* second, void* result);
};

std::span<const Conv2dImplementation> conv2d_implementations();

/// The implementation that the backend in force gives the problem. Throws Error when that is a forced one without any.
const Conv2dImplementation& choose(const Conv2dProblem& problem);

}  // namespace wisp::kernels
