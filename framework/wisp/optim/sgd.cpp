#include <wisp/optim/sgd.h>

#include <cmath>

#include <wisp/autograd/grad_mode.h>
#include <wisp/kernels/optimizer.h>

namespace wisp::optim {

SGD::SGD(Tensors parameters, const SGDOptions& options)
    : Optimizer("SGD", std::move(parameters), options.lr, {{"momentum_buffer", {}}}), options_(options) {
  for (const auto& [name, value] : {std::pair{"momentum", options.momentum}, std::pair{"dampening", options.dampening},
                                    std::pair{"weight_decay", options.weight_decay}})
    check(std::isfinite(value) && value >= 0, "SGD: {} must be finite and at least 0, given {}", name, value);
  check(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
        "SGD: nesterov needs momentum above 0 and dampening 0, given {} and {}", options.momentum, options.dampening);
}

void SGD::step() {
  const NoGrad guard;
  const bool has_momentum = options_.momentum != 0.0;
  for (const auto& [i, gradient, first] : updates(has_momentum)) {
    Tensor& parameter = parameters_[i];
    Tensor& velocities = slots_[0].tensors[i];
    const kernels::SgdStep step{lr(), options_.momentum, options_.dampening, options_.weight_decay, options_.nesterov,
                                first};
    const Tensor& g = gradient;
    visit_compute_dtype("SGD", parameter.dtype(), [&]<class T>(T) {
      T* velocity = has_momentum ? velocities.mutable_data<T>() : nullptr;
      kernels::sgd(parameter.numel(), step, g.data<T>(), parameter.mutable_data<T>(), velocity);
    });
  }
}

}  // namespace wisp::optim
