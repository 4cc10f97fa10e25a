// Images from a generator and numbered noise.
#pragma once

#include <cstdint>

#include <wisp/nn/module.h>

namespace wisp::apps {

/// `count` images, u8 (count, channels, size, size): what the generator makes of noise of that length from Rng(seed).
/// The same generator, count and seed give the same bytes. Throws Error when a number of an image is not finite.
Tensor draw(nn::Module& generator, std::int64_t latent, std::int64_t count, std::uint64_t seed);

}  // namespace wisp::apps
