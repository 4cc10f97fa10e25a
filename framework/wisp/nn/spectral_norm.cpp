#include <wisp/nn/spectral_norm.h>

#include <cmath>

#include <wisp/nn/description.h>
#include <wisp/ops/arithmetic.h>

namespace wisp::nn {
SpectralNormWeight::SpectralNormWeight(const Tensor& weight, const SpectralNormOptions& options, Rng& rng)
    : options_(options), u_(register_buffer("_u", {})), v_(register_buffer("_v", {})) {
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
  u_ = u;
  v_ = v.reshape({-1});
}

SingularVectors SpectralNormWeight::iterate(const Tensor& weight, const Tensor& v, std::int64_t count) const {
  SingularVectors vectors{{}, v};
  for (std::int64_t i = 0; i < count; ++i) vectors = wisp::power_iteration(weight, vectors.v, options_.eps);
  return vectors;
}

Tensor SpectralNormWeight::forward(const Tensor& weight) const {
  const Tensor v = v_.detach().reshape(row_shape(weight));
  // Copies, because training may go on and change the buffers before backward.
  if (!is_training()) return spectral_norm(weight, {u_.detach() * 1.0, v * 1.0});
  const SingularVectors vectors = iterate(weight, v, options_.n_power_iterations);
  const Tensor result = spectral_norm(weight, vectors), row = vectors.v.reshape(v_.shape());
  u_.copy_(vectors.u);
  v_.copy_(row);
  return result;
}

detail::ParametrizedWeight::ParametrizedWeight(const Tensor& weight, const SpectralNormOptions& options, Rng& rng)
    : original(register_parameter("original", weight)),
      normalize(register_module("0", SpectralNormWeight(weight, options, rng))) {}

detail::Parametrizations::Parametrizations(const Tensor& weight, const SpectralNormOptions& options, Rng& rng)
    : parametrized(register_module("weight", ParametrizedWeight(weight, options, rng))) {}

template <NormalizesWeight Layer>
Options SpectralNorm<Layer>::options() const {
  const Options of_layer = layer_.options();
  std::vector<Option> all(of_layer.begin(), of_layer.end());
  const SpectralNormOptions& iteration = normalize_.parametrized.normalize.power_iteration();
  all.push_back({"n_power_iterations", iteration.n_power_iterations, Printed::not_at_all});
  all.push_back({"spectral_norm_eps", iteration.eps, Printed::not_at_all});
  return Options(std::move(all));
}

template <NormalizesWeight Layer>
std::shared_ptr<Module> SpectralNorm<Layer>::make(const Description& description, Rng& rng) {
  const auto layer = std::static_pointer_cast<Layer>(Layer::make(description, rng));
  const Options& o = description.options;
  return std::make_shared<SpectralNorm>(
      *layer,
      SpectralNormOptions{.n_power_iterations = o.get<std::int64_t>("n_power_iterations"),
                          .eps = o.get<double>("spectral_norm_eps")},
      rng);
}

template class SpectralNorm<Conv2d>;
template class SpectralNorm<Linear>;

}  // namespace wisp::nn
