// Tensor's autograd methods: leaves, gradients, detaching, and what writes in place mean to the graph.
#include <algorithm>

#include <wisp/autograd/grad_mode.h>
#include <wisp/autograd/node.h>
#include <wisp/core/tensor.h>

namespace wisp {

bool Tensor::is_leaf() const { return !node() || node()->is_leaf(); }

Tensor& Tensor::set_requires_grad(bool requires_grad) {
  check(defined(), "set_requires_grad: the tensor is undefined");
  check(is_leaf(), "set_requires_grad: the tensor ({}) is the result of an op; use detach()", shape());
  check(!requires_grad || is_floating(dtype()), "set_requires_grad: only floating tensors have gradients, this is {}",
        name_of(dtype()));
  // The node stays when a leaf is frozen: graphs that hold it go on working when it is thawed.
  if (requires_grad && !node()) {
    const auto leaf = std::make_shared<autograd::Node>("leaf", std::vector<autograd::Edge>{}, 1, nullptr);
    const auto grad = std::make_shared<Tensor>();
    leaf->grad = grad;
    set_place(leaf, 0, grad);
  }
  set_recording(requires_grad);
  return *this;
}

Tensor Tensor::grad() const {
  const std::shared_ptr<Tensor> grad = node() ? node()->grad.lock() : nullptr;
  return grad ? *grad : Tensor{};
}

void Tensor::set_grad(const Tensor& grad) {
  check(is_leaf() && (requires_grad() || !grad.defined()), "set_grad: the tensor ({}) is not a leaf that requires grad",
        shape());
  if (grad.defined())
    check(grad.shape() == shape() && grad.dtype() == dtype(), "set_grad: a {} {} gradient does not fit a {} {} tensor",
          name_of(grad.dtype()), grad.shape(), name_of(dtype()), shape());
  if (const std::shared_ptr<Tensor> kept = node() ? node()->grad.lock() : nullptr) *kept = grad;
}

Tensor Tensor::detach() const {
  check(defined(), "detach: the tensor is undefined");
  return alias(shape());
}

Tensor Tensor::clone() const {
  check(defined(), "clone: the tensor is undefined");
  Tensor copy = empty(shape(), dtype());
  copy.copy_(*this);
  return copy;
}

void Tensor::check_writable(const char* op) const {
  if (!grad_enabled()) return;
  check(is_leaf(),
        "{}: the tensor ({}) is the result of an op, whose gradients would be wrong; write a detach() of it, or use "
        "copy_",
        op, shape());
  check(requires_grad() || !has_recorded_views(),
        "{}: the tensor ({}) shares its numbers with one in the graph, whose gradients would be wrong; write a "
        "detach() of it",
        op, shape());
}

void Tensor::copy_(const Tensor& source) {
  check(defined() && source.defined(), "copy_: the {} is undefined", defined() ? "source" : "tensor");
  check(shape() == source.shape() && dtype() == source.dtype(),
        "copy_: a {} {} tensor cannot take the numbers of {} {}", name_of(dtype()), shape(), name_of(source.dtype()),
        source.shape());
  if (is(source)) return;
  const bool recorded = grad_enabled() && (source.requires_grad() || !is_leaf());
  if (recorded) {
    check(!is_leaf() || !requires_grad(),
          "copy_: the tensor ({}) is a leaf that requires grad and cannot become a copy of one that does; copy a "
          "detach() of it",
          shape());
    check(is_leaf() || !node()->saves_outputs(),
          "copy_: the tensor ({}) is the result of {}, whose gradient is made of it; copy into another tensor", shape(),
          is_leaf() ? "" : node()->name());
    check(!has_views(),
          "copy_: the tensor ({}) shares its numbers with a reshape of it, whose gradients would be wrong; let go of "
          "that first, or copy before",
          shape());
  } else {
    check_writable("copy_");
  }
  Tensor result;
  if (recorded) {
    const Tensor before = requires_grad() ? at_node(node(), output_index()) : Tensor{};
    result = autograd::record("copy_", detach(), {before, source}, {}, [](const autograd::Cotangents& c) {
      return Tensors{c.needs(0) ? Tensor::zeros(c.grad().shape(), c.grad().dtype()) : Tensor{}, c.grad()};
    });
  }
  const NoGrad guard;
  visit_dtype(dtype(), [&]<class T>(T) {
    const T* from = source.data<T>();
    T* to = mutable_data<T>();
    if (to != from) std::copy(from, from + numel(), to);
  });
  if (!recorded) return;
  set_place(result.node(), result.output_index());
  set_recording(true);
}

}  // namespace wisp
