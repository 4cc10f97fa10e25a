// The convolution trio by this library's own kernels: im2col fused into the packing of a blocked matrix multiplication.
#pragma once

#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::kernels::native {

/// The map of kernels/conv2d.h that the problem names, for T float or double and any geometry; operands in the order of
/// the map's signature. Same bits for any number of threads.
template <class T>
void conv2d(const Conv2dProblem& problem, const T* first, const T* second, T* result);

}  // namespace wisp::kernels::native
