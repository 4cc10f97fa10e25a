// Tensor's autograd methods: leaves, gradients, detaching.
#include <wisp/autograd/node.h>
#include <wisp/core/tensor.h>

namespace wisp {

bool Tensor::is_leaf() const { return !node() || node()->is_leaf(); }

Tensor& Tensor::set_requires_grad(bool requires_grad) {
  check(is_leaf(), "set_requires_grad: the tensor ({}) is the result of an op; use detach()", shape());
  check(!requires_grad || is_floating(dtype()), "set_requires_grad: only floating tensors have gradients, this is {}",
        name_of(dtype()));
  // The node stays when a leaf is frozen: graphs that hold it go on working when it is thawed.
  if (requires_grad && !node())
    set_node(std::make_shared<autograd::Node>("leaf", std::vector<autograd::Edge>{}, 1, nullptr));
  set_recording(requires_grad);
  return *this;
}

Tensor Tensor::grad() const { return node() ? node()->grad : Tensor{}; }

void Tensor::set_grad(const Tensor& grad) {
  check(requires_grad() && is_leaf(), "set_grad: the tensor ({}) is not a leaf that requires grad", shape());
  if (grad.defined())
    check(grad.shape() == shape() && grad.dtype() == dtype(), "set_grad: a {} {} gradient does not fit a {} {} tensor",
          name_of(grad.dtype()), grad.shape(), name_of(dtype()), shape());
  node()->grad = grad;
}

Tensor Tensor::detach() const { return alias(shape()); }

}  // namespace wisp
