// The convolution trio by this library's own kernels: im2col fused into the packing of a blocked matrix multiplication.
#pragma once

#include <wisp/kernels/conv2d.h>

namespace wisp::kernels::native {

/// The trio of kernels/conv2d.h for T float or double, any geometry. Same bits for any number of threads.
template <class T>
void conv2d(const Conv2dGeometry& geometry, const T* x, const T* w, T* y);
template <class T>
void conv2d_grad_input(const Conv2dGeometry& geometry, const T* y, const T* w, T* x);
template <class T>
void conv2d_grad_weight(const Conv2dGeometry& geometry, const T* x, const T* y, T* w);

}  // namespace wisp::kernels::native
