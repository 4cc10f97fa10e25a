// The convolution trio by Winograd's minimal filtering of its phases: see plan.h and matrices.h, and docs/winograd.md.
//
//   y = A^T [sum over c of (G w G^T) * (B^T x B)] A
//   x = B [sum over f of (G w G^T) * (A y A^T)] B^T
//   w = G^T [sum over tiles of (A y A^T) * (B^T x B)] G
//
// For geometries that is_supported() accepts, with the operands of kernels/conv2d.h. Every element of a result is one
// sum in an order that depends on the geometry alone, so the bits do not depend on the number of threads.
#pragma once

#include <wisp/kernels/conv2d.h>

namespace wisp::kernels::winograd {

/// Whether both axes can be cut into tiles: ceil(kernel / stride) = 2, dilation 1, more than one output; one group; and
/// the matrices of one image take 32 MiB at most, so that all work space stays below 64.
bool is_supported(const Conv2dGeometry& geometry);

template <class T>
void conv2d(const Conv2dGeometry& geometry, const T* x, const T* w, T* y);

template <class T>
void conv2d_grad_input(const Conv2dGeometry& geometry, const T* y, const T* w, T* x);

template <class T>
void conv2d_grad_weight(const Conv2dGeometry& geometry, const T* x, const T* y, compute_t<T>* w);

}  // namespace wisp::kernels::winograd
