// A checkpoint of small networks that nobody has trained, but whose every layer does something.
#pragma once

#include <string>

#include <models/dcgan.h>
#include <wisp/io/safetensors.h>
#include <wisp/nn/module.h>
#include <wisp/ops/arithmetic.h>

namespace wisp::testing {

/// Adds the network's tensors behind `prefix`: of BatchNorm, statistics and weights that differ from channel to
/// channel.
inline void add_tiny_network(Safetensors& file, const std::string& prefix, const nn::Module& network, Rng& rng) {
  for (const auto& [key, tensor] : network.state_dict()) {
    const bool counts = tensor.dtype() != DType::f32,
               norm = tensor.rank() == 1 && !key.ends_with("_u") && !key.ends_with("_v");
    Tensor value = tensor;
    if (!counts && norm) value = Tensor::randn(tensor.shape(), rng);
    if (!counts && !norm && tensor.rank() == 4) value = tensor * 2.0;
    if (key.ends_with("var")) value = value * value + 0.1;
    file.tensors[prefix + key] = value.detach();
  }
}

/// Writes generator.*, generator_ema.* and discriminator.*.
inline void write_tiny_checkpoint(const std::string& path, const models::DcganOptions& options) {
  Safetensors file;
  Rng rng(7);
  add_tiny_network(file, "generator.", models::dcgan_generator(options, rng), rng);
  add_tiny_network(file, "generator_ema.", models::dcgan_generator(options, rng), rng);
  add_tiny_network(file, "discriminator.", models::dcgan_discriminator(options, rng), rng);
  if (options.classes > 0) file.metadata["classes"] = std::to_string(options.classes);
  write_safetensors(path, file);
}

}  // namespace wisp::testing
