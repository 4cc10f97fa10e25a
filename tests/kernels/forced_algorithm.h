// An algorithm of convolution for the length of a scope.
#pragma once

#include <tests/scoped_setting.h>
#include <wisp/kernels/conv_algorithm.h>

namespace wisp::testing {

using ForcedAlgorithm = ScopedSetting<conv_algorithm, set_conv_algorithm>;

}  // namespace wisp::testing
