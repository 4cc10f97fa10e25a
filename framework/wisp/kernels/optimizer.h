// Parameter updates in place, one pass over each parameter.
#pragma once

#include <cstdint>
#include <span>

namespace wisp::kernels {

/// The numbers of one Adam step: t is the step, starting at 1.
struct AdamStep {
  double lr;
  double beta1;
  double beta2;
  double eps;
  double weight_decay;      ///< decay for g + decay p (Adam)
  double decoupled_decay;   ///< p shrinks by 1 - lr decay first (AdamW)
  double bias_correction1;  ///< 1 - beta1^t
  double bias_correction2;  ///< 1 - beta2^t
};

/// A parameter p of `count` elements, its gradient g and moments m and v.
template <class T>
struct AdamParameter {
  AdamStep step;
  std::int64_t count;
  const T* g;
  T* p;
  T* m;
  T* v;
};

/// For every parameter: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// p -= lr (m / bias_correction1) / (sqrt(v / bias_correction2) + eps). All of them share the threads, so that small
/// ones cost little.
template <class T>
void adam(std::span<const AdamParameter<T>> parameters);

/// The numbers of one SGD step.
struct SgdStep {
  double lr;
  double momentum;
  double dampening;
  double weight_decay;
  bool nesterov;
  bool first;  ///< the velocity becomes g, undampened
};

/// g' = g + weight_decay p; velocity = momentum velocity + (1 - dampening) g'; p -= lr velocity, or with Nesterov
/// lr (g' + momentum velocity). Without momentum, velocity is null and p -= lr g'.
template <class T>
void sgd(std::int64_t count, const SgdStep& step, const T* g, T* p, T* velocity);

}  // namespace wisp::kernels
