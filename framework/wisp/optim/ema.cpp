#include <wisp/optim/ema.h>

#include <algorithm>

#include <wisp/autograd/grad_mode.h>
#include <wisp/core/distinct.h>
#include <wisp/kernels/lerp.h>

namespace wisp::optim {

void ema_update(Tensors averaged, const Tensors& parameters, double decay) {
  check(averaged.size() == parameters.size(), "ema_update: {} averaged tensors for {} parameters", averaged.size(),
        parameters.size());
  check(0 <= decay && decay <= 1, "ema_update: decay must be in [0, 1], given {}", decay);
  check_distinct("ema_update", "average", averaged);
  for (std::size_t i = 0; i < averaged.size(); ++i) {
    const Tensor &average = averaged[i], &parameter = parameters[i];
    check(parameter.defined(), "ema_update: parameter {} is undefined", i);
    check(average.shape() == parameter.shape() && average.dtype() == parameter.dtype(),
          "ema_update: tensor {} is {} {}, its average {} {}", i, name_of(parameter.dtype()), parameter.shape(),
          name_of(average.dtype()), average.shape());
    visit_compute_dtype("ema_update", average.dtype(), [](auto) {});
    check(average.is_leaf(), "ema_update: average {} ({}) is the result of an op", i, average.shape());
    const auto shared = std::find_if(parameters.begin(), parameters.end(),
                                     [&](const Tensor& other) { return share_numbers(average, other); });
    check(shared == parameters.end(), "ema_update: average {} ({}) shares its numbers with parameter {}", i,
          average.shape(), shared - parameters.begin());
  }
  const NoGrad guard;
  for (std::size_t i = 0; i < averaged.size(); ++i) {
    visit_compute_dtype("ema_update", averaged[i].dtype(), [&]<class T>(T) {
      kernels::move_average(averaged[i].numel(), decay, parameters[i].data<T>(), averaged[i].mutable_data<T>());
    });
  }
}

double ema_decay(double decay, std::int64_t step) {
  return std::min(decay, static_cast<double>(1 + step) / static_cast<double>(10 + step));
}

}  // namespace wisp::optim
