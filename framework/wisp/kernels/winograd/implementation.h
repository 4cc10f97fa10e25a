// Winograd's row in the list of conv2d_implementations.h.
#pragma once

#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::kernels::winograd {

extern const Conv2dImplementation conv2d_implementation;

}  // namespace wisp::kernels::winograd
