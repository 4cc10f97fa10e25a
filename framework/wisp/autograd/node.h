// Node: one recorded operation, and record(), the door through which every op enters the graph.
//
// A node keeps edges to the nodes of its inputs and an explicit list of the tensors its vjp needs. Its own outputs are
// kept, where the vjp wants them, without their place in the graph (a cycle otherwise); the engine puts it back. A leaf
// is kept by its numbers and its place, without its gradient (a cycle otherwise, once that is recorded).
// Every saved tensor is kept with the version of its storage: if it was changed since, backward throws.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::autograd {

/// What a vjp (vector-Jacobian product) is given.
class Cotangents {
 public:
  Cotangents(const Tensors& grads, const Tensors& saved, const Tensors& outputs, const std::vector<bool>& needs)
      : grads_(grads), saved_(saved), outputs_(outputs), needs_(needs) {}

  /// Gradient with respect to output i; undefined where none has flowed (never so for an op with one output).
  const Tensor& grad(std::size_t i = 0) const { return grads_[i]; }
  const Tensors& grads() const { return grads_; }
  /// The i-th tensor of the saved list.
  const Tensor& saved(std::size_t i) const { return saved_[i]; }
  /// Output i, when the op asked to keep its outputs.
  const Tensor& output(std::size_t i = 0) const { return outputs_[i]; }
  /// Whether the gradient of input i is wanted; others may be left undefined.
  bool needs(std::size_t i) const { return needs_[i]; }

 private:
  const Tensors& grads_;
  const Tensors& saved_;
  const Tensors& outputs_;
  const std::vector<bool>& needs_;
};

/// Returns the gradient of each input, built from differentiable ops; undefined means zero or not wanted.
using Vjp = std::function<Tensors(const Cotangents&)>;

/// The tensors that a vjp needs.
struct Saved {
  Tensors tensors = {};
  bool outputs = false;
};

/// A saved tensor, and its storage's id and version then.
struct SavedTensor {
  Tensor tensor;
  std::uint64_t storage_id;
  std::uint64_t version;
};

/// Where an input of an operation comes from: output `output` of `node`, of the given shape and dtype. A null node
/// needs no gradient.
struct Edge {
  std::shared_ptr<Node> node;
  int output = 0;
  Shape shape = {};
  DType dtype = DType::f32;
};

class Node {
 public:
  Node(const char* name, std::vector<Edge> inputs, std::size_t output_count, Vjp vjp);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const char* name() const { return name_; }
  bool is_leaf() const { return vjp_ == nullptr; }
  const std::vector<Edge>& inputs() const { return inputs_; }
  std::size_t output_count() const { return output_count_; }
  /// Creation order: greater than that of every node it depends on.
  std::uint64_t sequence() const { return sequence_; }

  void save(const Saved& saved, const Tensors& outputs);
  /// Runs the vjp. Throws Error when what it needs was released or changed in place, or when it returns gradients that
  /// do not fit the inputs.
  static Tensors apply_vjp(const std::shared_ptr<Node>& node, const Tensors& grads, const std::vector<bool>& needs);
  /// Whether the vjp needs the outputs: what is written into them makes it wrong.
  bool saves_outputs() const { return !outputs_.empty(); }
  /// Frees the saved tensors.
  void release();

  /// Where a leaf's gradient is accumulated: in the leaf, so that a recorded gradient, whose graph leads back to this
  /// node, does not keep itself alive. Expired when no handle on the leaf is left.
  std::weak_ptr<Tensor> grad;

 private:
  const char* name_;
  std::vector<Edge> inputs_;
  std::size_t output_count_;
  Vjp vjp_;
  std::uint64_t sequence_;
  std::vector<SavedTensor> saved_;
  std::vector<SavedTensor> outputs_;
  bool released_ = false;
};

/// Enters an op into the graph: returns `outputs` as results of a node with the given inputs. When gradients are off or
/// no input requires one, returns `outputs` as they are. Undefined inputs are allowed.
Tensors record(const char* op, const Tensors& outputs, const Tensors& inputs, const Saved& saved, Vjp vjp);
/// The same for an op with one output.
Tensor record(const char* op, const Tensor& output, const Tensors& inputs, const Saved& saved, Vjp vjp);

}  // namespace wisp::autograd
