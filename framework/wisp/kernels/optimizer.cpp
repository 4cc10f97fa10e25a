#include <wisp/kernels/optimizer.h>

#include <cmath>

#include <wisp/core/parallel.h>
#include <wisp/kernels/elementwise.h>

namespace wisp::kernels {

template <class T>
void adam(std::int64_t count, const AdamStep& step, const T* g, T* p, T* m, T* v) {
  const T beta1 = static_cast<T>(1.0 - step.beta1), beta2 = static_cast<T>(step.beta2);
  const T beta2_rest = static_cast<T>(1.0 - step.beta2);
  const T rate = static_cast<T>(step.lr / step.bias_correction1);
  const T root = static_cast<T>(1.0 / std::sqrt(step.bias_correction2)), eps = static_cast<T>(step.eps);
  const T decay = static_cast<T>(step.weight_decay), shrink = static_cast<T>(1.0 - step.lr * step.decoupled_decay);
  parallel_for(count, elementwise_grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T value = p[i] * shrink, gradient = g[i] + decay * value;
      m[i] += beta1 * (gradient - m[i]);
      v[i] = beta2 * v[i] + beta2_rest * gradient * gradient;
      p[i] = value - rate * m[i] / (std::sqrt(v[i]) * root + eps);
    }
  });
}

template <class T>
void sgd(std::int64_t count, const SgdStep& step, const T* g, T* p, T* velocity) {
  const T lr = static_cast<T>(step.lr), momentum = static_cast<T>(step.momentum);
  const T decay = static_cast<T>(step.weight_decay), fresh = static_cast<T>(step.first ? 1.0 : 1.0 - step.dampening);
  parallel_for(count, elementwise_grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T gradient = g[i] + decay * p[i];
      if (velocity == nullptr) {
        p[i] -= lr * gradient;
        continue;
      }
      velocity[i] = momentum * velocity[i] + fresh * gradient;
      p[i] -= lr * (step.nesterov ? gradient + momentum * velocity[i] : velocity[i]);
    }
  });
}

template void adam(std::int64_t, const AdamStep&, const float*, float*, float*, float*);
template void adam(std::int64_t, const AdamStep&, const double*, double*, double*, double*);
template void sgd(std::int64_t, const SgdStep&, const float*, float*, float*);
template void sgd(std::int64_t, const SgdStep&, const double*, double*, double*);

}  // namespace wisp::kernels
