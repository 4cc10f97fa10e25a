#include <wisp/nn/residual.h>

#include <wisp/nn/description.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>

namespace wisp::nn {

Tensor Residual::forward(const Tensor& input) const {
  check_floating("Residual", {{"input", input}});
  const Tensor change = Sequential::forward(input);
  check(change.shape() == input.shape(), "Residual: its layers make {} of {}, they must keep the shape", change.shape(),
        input.shape());
  check(change.dtype() == input.dtype(), "Residual: its layers make {} of {}, they must keep the dtype",
        name_of(change.dtype()), name_of(input.dtype()));
  return input + change;
}

std::shared_ptr<Module> Residual::make(const Description& description, Rng& rng) {
  return std::make_shared<Residual>(Sequential(make_children(description, rng)));
}

}  // namespace wisp::nn
