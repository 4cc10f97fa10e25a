// Images from a generator and numbered noise.
#pragma once

#include <cstdint>
#include <optional>

#include <models/dcgan.h>
#include <wisp/io/png.h>

namespace wisp::apps {

/// Noise (N, latent, 1, 1) -> the generator's input (N, latent + classes, 1, 1): a generator with classes is asked for
/// class `label`, or, where none is named, for all in turns, image i for class (first + i) modulo classes. Throws Error
/// when the generator has no such class.
Tensor generator_input(const Tensor& noise, const models::DcganOptions& options, std::optional<std::int64_t> label = {},
                       std::int64_t first = 0);

/// u8 (N, channels, size, size): what the generator makes of its input. It gets 8 at a time, the last ones filled up
/// with zeros: kernels are chosen by the size of a batch and round differently, and so an image depends on its own
/// input alone, to the last bit. Throws Error when a number of an image is not finite.
Tensor draw(nn::Module& generator, const Tensor& input);

/// `count` images from noise from Rng(seed), of that class, or of all in turns. The same generator, count, seed and
/// label give the same bytes. Throws Error as the functions above.
Tensor draw(nn::Module& generator, const models::DcganOptions& options, std::int64_t count, std::uint64_t seed,
            std::optional<std::int64_t> label = {});

/// A grid of `count` images about as wide as high: ceil(sqrt(count)) columns. Where classes come in turns it has a
/// column for each.
GridOptions sample_grid(std::int64_t count, const models::DcganOptions& options,
                        std::optional<std::int64_t> label = {});

}  // namespace wisp::apps
