// The DCGAN's networks out of safetensors files: Wisp's checkpoints, and state dicts that PyTorch wrote.
//
// A checkpoint holds generator.*, generator_ema.* (the averaged generator, where there is one) and discriminator.*; a
// file from PyTorch holds the keys of one nn.Sequential, 0.weight and so on, bare or behind a prefix such as main. The
// sizes of the networks are read off the tensors' shapes. Of the metadata only `classes` is looked at: how many of the
// generator's inputs are those of a label; none where it is missing.
#pragma once

#include <string>

#include <models/dcgan.h>
#include <wisp/nn/sequential.h>

namespace wisp::apps {

/// A trained network in evaluation mode. Of a discriminator's options latent is not known.
struct LoadedNetwork {
  models::DcganOptions options;
  nn::Sequential network;
};

/// Reads the generator from generator_ema.* unless `raw`, else generator.*, else the only prefix, which may be empty,
/// with a tensor 0.weight; numbers in f64 and bf16 become f32. Weights with weight or spectral normalisation become
/// what these use in evaluation mode. Throws IoError naming the file when it cannot be read or holds no generator, and
/// naming the tensor when one is missing, unexpected or of the wrong shape or dtype. Builds nothing that is much larger
/// than what the file holds.
LoadedNetwork load_generator(const std::string& path, bool raw = false);

/// Reads the discriminator from discriminator.*, else the only prefix with a tensor 0.weight or, from
/// torch.nn.utils.parametrizations.spectral_norm, 0.parametrizations.weight.original. Its convolutions may have biases,
/// and behind them BatchNorm, GroupNorm or nothing; with nothing, their weights may be spectrally normalised, all of
/// them. The names of torch.nn.utils.spectral_norm become those of parametrizations, weight normalisation is carried
/// out. Throws IoError likewise.
LoadedNetwork load_discriminator(const std::string& path);

}  // namespace wisp::apps
