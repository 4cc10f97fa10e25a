// Images from a generator and numbered noise.
#pragma once

#include <cstdint>
#include <optional>

#include <models/dcgan.h>

namespace wisp::apps {

/// `count` images, u8 (count, channels, size, size): what the generator makes of noise from Rng(seed). A generator with
/// classes draws images of class `label`, or of all in turns. The same generator, count, seed and label give the same
/// bytes. Throws Error when the generator has no such class, and when a number of an image is not finite.
Tensor draw(nn::Module& generator, const models::DcganOptions& options, std::int64_t count, std::uint64_t seed,
            std::optional<std::int64_t> label = {});

}  // namespace wisp::apps
