#include <wisp/optim/adam.h>

#include <cmath>
#include <tuple>
#include <vector>

#include <wisp/autograd/grad_mode.h>
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
  const NoGrad guard;
  std::tuple<std::vector<kernels::AdamParameter<float>>, std::vector<kernels::AdamParameter<double>>> all;
  const std::vector<Update> changes = updates();
  for (const Update& change : changes) {
    const std::size_t i = change.i;
    Tensor& parameter = parameters_[i];
    const auto t = static_cast<double>(slots_[steps].tensors[i].item<std::int64_t>() + 1);
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
          {step, parameter.numel(), change.gradient.data<T>(), parameter.mutable_data<T>(),
           slots_[exp_avg].tensors[i].mutable_data<T>(), slots_[exp_avg_sq].tensors[i].mutable_data<T>()});
    });
  }
  kernels::adam<float>(std::get<0>(all));
  kernels::adam<double>(std::get<1>(all));
  for (const Update& change : changes) ++*slots_[steps].tensors[change.i].mutable_data<std::int64_t>();
}

}  // namespace wisp::optim
