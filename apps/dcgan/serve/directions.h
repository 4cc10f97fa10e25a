// The directions in which a generator's sliders go.
#pragma once

#include <apps/dcgan/network_file.h>
#include <models/principal_directions.h>

namespace wisp::apps {

/// The principal directions of what the generator's first layer and its BatchNorm make of noise, ten at most; none
/// (undefined tensors) for a latent space of more than 1,024 dimensions, where finding them takes too long.
models::PrincipalDirections slider_directions(const LoadedNetwork& generator);

/// Noise (N, latent, 1, 1) moved: to each vector the directions are added, times those numbers, from the first on.
Tensor moved(const Tensor& noise, const Tensor& directions, const std::vector<double>& amounts);

}  // namespace wisp::apps
