#include <wisp/kernels/optimizer.h>

#include <algorithm>
#include <cmath>

#include <wisp/core/parallel.h>
#include <wisp/kernels/elementwise.h>
#include <wisp/kernels/lerp.h>
#include <wisp/kernels/profile.h>

namespace wisp::kernels {
namespace {

// gradient + decay parameter; but the gradient alone where decay is 0, as 0 times an infinite parameter would be NaN.
template <class T>
T decayed(T gradient, T decay, T parameter) {
  return decay == 0 ? gradient : gradient + decay * parameter;
}

template <class T>
void adam_range(const AdamParameter<T>& parameter, std::int64_t begin, std::int64_t end) {
  const AdamStep& step = parameter.step;
  const Lerp<T> moment(1.0 - step.beta1, step.beta1);
  const T beta2 = static_cast<T>(step.beta2);
  const T beta2_rest = static_cast<T>(1.0 - step.beta2);
  const T rate = static_cast<T>(step.lr / step.bias_correction1);
  const T root = static_cast<T>(1.0 / std::sqrt(step.bias_correction2)), eps = static_cast<T>(step.eps);
  const T decay = static_cast<T>(step.weight_decay), shrink = static_cast<T>(1.0 - step.lr * step.decoupled_decay);
  const T* __restrict g = parameter.g;
  T* __restrict p = parameter.p, * __restrict m = parameter.m, * __restrict v = parameter.v;
  for (std::int64_t i = begin; i < end; ++i) {
    const T value = p[i] * shrink, gradient = decayed(g[i], decay, value);
    m[i] = moment(m[i], gradient);
    v[i] = beta2 * v[i] + beta2_rest * gradient * gradient;
    p[i] = value - rate * m[i] / (std::sqrt(v[i]) * root + eps);
  }
}

}  // namespace

template <class T>
void adam(std::span<const AdamParameter<T>> parameters) {
  if (parameters.empty()) return;
  const KernelTimer timer("optimizer");
  const auto chunks_of = [](const AdamParameter<T>& parameter) {
    return divide_up(parameter.count, elementwise_grain);
  };
  std::int64_t chunks = 0, numbers = 0;
  for (const AdamParameter<T>& parameter : parameters) {
    chunks += chunks_of(parameter);
    numbers += parameter.count;
  }
  // A network of a few numbers is not worth waking threads.
  parallel_for(chunks, numbers <= elementwise_grain ? chunks : 1, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; ++begin) {
      std::int64_t chunk = begin;
      auto parameter = parameters.begin();
      for (; chunk >= chunks_of(*parameter); ++parameter) chunk -= chunks_of(*parameter);
      adam_range(*parameter, chunk * elementwise_grain, std::min(parameter->count, (chunk + 1) * elementwise_grain));
    }
  });
}

template <class T>
void sgd(std::int64_t count, const SgdStep& step, const T* g, T* p, T* velocity) {
  const T lr = static_cast<T>(step.lr), momentum = static_cast<T>(step.momentum);
  const KernelTimer timer("optimizer");
  const T decay = static_cast<T>(step.weight_decay), fresh = static_cast<T>(step.first ? 1.0 : 1.0 - step.dampening);
  parallel_for(count, elementwise_grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T gradient = decayed(g[i], decay, p[i]);
      if (velocity == nullptr) {
        p[i] -= lr * gradient;
        continue;
      }
      velocity[i] = momentum * velocity[i] + (fresh == 0 ? T{0} : fresh * gradient);
      p[i] -= lr * (step.nesterov ? gradient + momentum * velocity[i] : velocity[i]);
    }
  });
}

template void adam(std::span<const AdamParameter<float>>);
template void adam(std::span<const AdamParameter<double>>);
template void sgd(std::int64_t, const SgdStep&, const float*, float*, float*);
template void sgd(std::int64_t, const SgdStep&, const double*, double*, double*);

}  // namespace wisp::kernels
