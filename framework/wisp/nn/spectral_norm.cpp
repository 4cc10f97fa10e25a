#include <wisp/nn/spectral_norm.h>

#include <cmath>

#include <wisp/ops/arithmetic.h>

namespace wisp::nn {

SpectralNormWeight::SpectralNormWeight(const Tensor& weight, const SpectralNormOptions& options, Rng& rng)
    : options_(options) {
  constexpr std::int64_t most_iterations = 10'000;
  check(weight.rank() >= 2 && weight.numel() > 0,
        "SpectralNorm: the weight must have rank 2 or more and hold numbers, given {}", weight.shape());
  check(1 <= options.n_power_iterations && options.n_power_iterations <= most_iterations,
        "SpectralNorm: n_power_iterations must be between 1 and {}, given {}", most_iterations,
        options.n_power_iterations);
  check(std::isfinite(options.eps) && options.eps >= 0, "SpectralNorm: eps must be finite and at least 0, given {}",
        options.eps);
  constexpr std::int64_t first_iterations = 15;
  const Tensor start = Tensor::randn(row_shape(weight), rng, weight.dtype());
  const auto [u, v] = iterate(weight, start, first_iterations);
  u_ = register_buffer("_u", u);
  v_ = register_buffer("_v", v.reshape({-1}));
}

SingularVectors SpectralNormWeight::iterate(const Tensor& weight, const Tensor& v, std::int64_t count) const {
  SingularVectors vectors{{}, v};
  for (std::int64_t i = 0; i < count; ++i) vectors = power_iteration(weight, vectors.v, options_.eps);
  return vectors;
}

Tensor SpectralNormWeight::forward(const Tensor& weight) {
  const Tensor v = v_.detach().reshape(row_shape(weight));
  // Copies, because training may go on and change the buffers before backward.
  if (!is_training()) return spectral_norm(weight, {u_.detach() * 1.0, v * 1.0});
  const SingularVectors vectors = iterate(weight, v, options_.n_power_iterations);
  const Tensor result = spectral_norm(weight, vectors), row = vectors.v.reshape(v_.shape());
  u_.copy_(vectors.u);
  v_.copy_(row);
  return result;
}

ParametrizedWeight::ParametrizedWeight(const Tensor& weight, const SpectralNormOptions& options, Rng& rng)
    : original(register_parameter("original", weight)),
      normalize_(register_module("0", SpectralNormWeight(weight, options, rng))) {}

Parametrizations::Parametrizations(const Tensor& weight, const SpectralNormOptions& options, Rng& rng)
    : weight_(register_module("weight", ParametrizedWeight(weight, options, rng))) {}

}  // namespace wisp::nn
