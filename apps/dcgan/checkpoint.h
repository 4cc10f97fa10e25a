// Checkpoints: the networks' numbers and the options that rebuild them, in one safetensors file.
//
// Tensors are generator.* and discriminator.* with PyTorch's state_dict keys; the metadata hold the options. The file
// depends on the result of training alone: no times, paths or thread count.
#pragma once

#include <string>

#include <models/dcgan.h>
#include <wisp/nn/sequential.h>

namespace wisp::apps {

/// Writes the file atomically. Throws IoError when that fails.
void save_checkpoint(const std::string& path, const models::DcganOptions& options, const nn::Module& generator,
                     const nn::Module& discriminator);

/// A trained generator in evaluation mode.
struct LoadedGenerator {
  models::DcganOptions options;
  nn::Sequential network;
};

/// Reads the generator. Throws IoError naming the file when it cannot be read, is no DCGAN checkpoint, or a tensor is
/// missing or has the wrong shape or dtype (named). Builds nothing that the file does not hold.
LoadedGenerator load_generator(const std::string& path);

}  // namespace wisp::apps
