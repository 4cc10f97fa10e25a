// The convolution trio by Winograd's minimal filtering of its phases: see plan.h and matrices.h, and docs/winograd.md.
//
//   y = A^T [sum over c of (G w G^T) * (B^T x B)] A
//   x = B [sum over f of (G w G^T) * (A y A^T)] B^T
//   w = G^T [sum over tiles of (A y A^T) * (B^T x B)] G
//
// For geometries that the implementation supports, with the operands of kernels/conv2d.h. Every element of a result is
// one sum in an order that depends on the geometry alone, so the bits do not depend on the number of threads.
#pragma once

#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::kernels::winograd {

void conv2d(const Conv2dProblem& problem, const void* x, const void* w, void* y);
void conv2d_grad_input(const Conv2dProblem& problem, const void* y, const void* w, void* x);
void conv2d_grad_weight(const Conv2dProblem& problem, const void* x, const void* y, void* w);

/// Their row in the list of conv2d_implementations.h.
extern const Conv2dImplementation conv2d_implementation;

}  // namespace wisp::kernels::winograd
