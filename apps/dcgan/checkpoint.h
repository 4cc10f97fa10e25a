// Checkpoints: the networks' numbers and the options that rebuild them, in one safetensors file.
//
// Tensors are generator.* and discriminator.* with PyTorch's state_dict keys; the metadata hold the options. The file
// depends on the result of training alone: no times, paths or thread count.
#pragma once

#include <string>

#include <models/dcgan.h>
#include <wisp/nn/module.h>

namespace wisp::apps {

/// Writes the file atomically. Throws IoError when that fails.
void save_checkpoint(const std::string& path, const models::DcganOptions& options, const nn::Module& generator,
                     const nn::Module& discriminator);

}  // namespace wisp::apps
