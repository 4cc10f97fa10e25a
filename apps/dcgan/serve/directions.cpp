#include <apps/dcgan/serve/directions.h>

#include <algorithm>
#include <optional>

#include <apps/dcgan/draw.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/ops/arithmetic.h>

namespace wisp::apps {

models::PrincipalDirections slider_directions(const LoadedNetwork& generator) {
  constexpr std::int64_t most = 10, widest = 1024;
  const std::int64_t latent = generator.options.latent;
  if (latent > widest) return {};
  const NoGrad guard;
  // A label adds the same to every response, which the difference takes away again.
  const std::optional<std::int64_t> label =
      generator.options.classes > 0 ? std::optional<std::int64_t>(0) : std::nullopt;
  const auto first_layer = [&](const Tensor& noise) {
    return generator.network[1](generator.network[0](generator_input(noise, generator.options, label)));
  };
  std::vector<float> units(static_cast<std::size_t>(latent * latent));
  for (std::int64_t i = 0; i < latent; ++i) units[i * latent + i] = 1;
  const Tensor responses =
      first_layer(Tensor::from({latent, latent, 1, 1}, units)) - first_layer(Tensor::zeros({1, latent, 1, 1}));
  return models::principal_directions(responses.reshape({latent, responses.numel() / latent}), std::min(most, latent));
}

Tensor moved(const Tensor& noise, const Tensor& directions, const std::vector<double>& amounts) {
  const NoGrad guard;
  Tensor result = noise;
  for (std::size_t i = 0; i < amounts.size(); ++i)
    if (amounts[i] != 0)
      result = result + (directions.narrow(0, static_cast<std::int64_t>(i), 1) * scalar_like(directions, amounts[i]))
                            .reshape({1, noise.dim(1), 1, 1});
  return result;
}

}  // namespace wisp::apps
