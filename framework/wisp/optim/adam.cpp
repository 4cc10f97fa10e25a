#include <wisp/optim/adam.h>

#include <cmath>
#include <tuple>
#include <vector>

#include <wisp/kernels/optimizer.h>

namespace wisp::optim {
namespace {

enum : std::size_t { exp_avg, exp_avg_sq, steps };

}  // namespace

Adam::Adam(const char* name, Tensors parameters, const AdamOptions& options, double decoupled_decay)
    : Optimizer(name, std::move(parameters), options.lr,
                {{"exp_avg", {}}, {"exp_avg_sq", {}}, {"step", {}, /*counts=*/true}}),
      options_(options),
      decoupled_decay_(decoupled_decay) {
  const auto check_least_zero = [name](const char* option, double value) {
    check(std::isfinite(value) && value >= 0, "{}: {} must be finite and at least 0, given {}", name, option, value);
  };
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
    const auto t = static_cast<double>(++*remembered(steps, i).mutable_data<std::int64_t>());
    const auto [beta1, beta2] = options_.betas;
    const kernels::AdamStep step{lr(),
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
           remembered(exp_avg, i).mutable_data<T>(), remembered(exp_avg_sq, i).mutable_data<T>()});
    });
  }
  kernels::adam<float>(std::get<0>(all));
  kernels::adam<double>(std::get<1>(all));
}

}  // namespace wisp::optim
