#include <wisp/optim/adam.h>

#include <cmath>
#include <tuple>
#include <vector>

#include <wisp/kernels/optimizer.h>

namespace wisp::optim {

Adam::Adam(const char* name, Tensors parameters, const AdamOptions& options, double decoupled_decay)
    : Optimizer(std::move(parameters)),
      options_(options),
      decoupled_decay_(decoupled_decay),
      first_moments_(parameters_.size()),
      second_moments_(parameters_.size()),
      steps_(parameters_.size(), 0) {
  const auto check_least_zero = [name](const char* option, double value) {
    check(std::isfinite(value) && value >= 0, "{}: {} must be finite and at least 0, given {}", name, option, value);
  };
  check_least_zero("lr", options.lr);
  check_least_zero("eps", options.eps);
  check_least_zero("weight_decay", options.weight_decay);
  check_least_zero("weight_decay", decoupled_decay);
  for (const double beta : options.betas)
    check(0 <= beta && beta < 1, "{}: betas must be in [0, 1), given {}", name, beta);
}

void Adam::step() {
  std::tuple<std::vector<kernels::AdamParameter<float>>, std::vector<kernels::AdamParameter<double>>> all;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = parameters_[i];
    const Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    if (!first_moments_[i].defined()) {
      first_moments_[i] = Tensor::zeros(parameter.shape(), parameter.dtype());
      second_moments_[i] = Tensor::zeros(parameter.shape(), parameter.dtype());
    }
    const auto t = static_cast<double>(++steps_[i]);
    const auto [beta1, beta2] = options_.betas;
    const kernels::AdamStep step{options_.lr,
                                 beta1,
                                 beta2,
                                 options_.eps,
                                 options_.weight_decay,
                                 decoupled_decay_,
                                 1.0 - std::pow(beta1, t),
                                 1.0 - std::pow(beta2, t)};
    visit_compute_dtype("Adam", parameter.dtype(), [&]<class T>(T) {
      std::get<std::vector<kernels::AdamParameter<T>>>(all).push_back(
          {step, parameter.numel(), gradient.data<T>(), parameter.mutable_data<T>(),
           first_moments_[i].mutable_data<T>(), second_moments_[i].mutable_data<T>()});
    });
  }
  kernels::adam<float>(std::get<0>(all));
  kernels::adam<double>(std::get<1>(all));
}

}  // namespace wisp::optim
