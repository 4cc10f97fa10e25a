// The engine: gradients of recorded computations, of every order.
//
// Nodes run in reverse order of creation, which is a topological order, and gradients are summed in that order: the
// same program gives the same bits. Only nodes on a path to what was asked for run.
#pragma once

#include <functional>
#include <optional>

#include <wisp/autograd/grad_mode.h>
#include <wisp/autograd/node.h>
#include <wisp/core/tensor.h>

namespace wisp {

struct GradOptions {
  /// A cotangent for each output; may be empty, or hold undefined tensors, for outputs with one element (1 then).
  Tensors grad_outputs = {};
  /// Keep what the graph has saved, so that it can be gone through again. Default: create_graph.
  std::optional<bool> retain_graph = {};
  /// Record the computation of the gradients, so that they can be differentiated.
  bool create_graph = false;
  /// Return an undefined tensor for an input that the outputs do not depend on, instead of throwing.
  bool allow_unused = false;
};

/// The gradients of sum_i <grad_outputs[i], outputs[i]> with respect to the inputs. Accumulates nothing in leaves.
/// Throws Error when an input requires no grad or is not used, a cotangent has the wrong shape or dtype, or the graph
/// was freed.
Tensors grad(const Tensors& outputs, const Tensors& inputs, const GradOptions& options = {});

struct BackwardOptions {
  /// The cotangent; may be undefined for a tensor with one element (1 then).
  Tensor gradient = {};
  std::optional<bool> retain_graph = {};
  /// Record the computation of the gradients. Those that leaves then have are freed with the leaves (in PyTorch they
  /// keep each other alive).
  bool create_graph = false;
  /// Accumulate in these leaves alone, and compute nothing that only others need. Empty: all leaves of the graph.
  Tensors inputs = {};
};

namespace autograd {

/// grad() where not everything need depend on everything: outputs that require no grad, or whose cotangent is
/// undefined, take no part, and the gradient of an input that nothing depends on is undefined.
Tensors partial_grad(const Tensors& outputs, const Tensors& inputs, GradOptions options);

/// The vjp of a fused kernel from a composite of the same value: differentiates `composite` at `inputs` with the
/// cotangents. Works to every order, since the composite is made of differentiable ops.
Tensors composite_vjp(const std::function<Tensors(const Tensors&)>& composite, const Tensors& inputs,
                      const Cotangents& cotangents);

}  // namespace autograd
}  // namespace wisp
