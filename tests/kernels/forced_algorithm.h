// An algorithm of convolution for the length of a scope.
#pragma once

#include <wisp/kernels/conv_algorithm.h>

namespace wisp::testing {

class ForcedAlgorithm {
 public:
  explicit ForcedAlgorithm(ConvAlgorithm forced) : previous_(conv_algorithm()) { set_conv_algorithm(forced); }
  ~ForcedAlgorithm() { set_conv_algorithm(previous_); }
  ForcedAlgorithm(const ForcedAlgorithm&) = delete;
  ForcedAlgorithm& operator=(const ForcedAlgorithm&) = delete;

 private:
  ConvAlgorithm previous_;
};

}  // namespace wisp::testing
