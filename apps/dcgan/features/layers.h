// The layers of a DCGAN one by one, in words and at work.
#pragma once

#include <string>
#include <vector>

#include <models/dcgan.h>
#include <wisp/nn/sequential.h>

namespace wisp::apps {

/// A layer of one of the networks' nn::Sequential.
struct LayerText {
  std::string name;  ///< as PyTorch writes it: "ConvTranspose2d(256, 128, 3, stride=2, padding=1)"
  std::string kind;  ///< for a file's name: "conv_transpose2d"; "residual" of a whole block
  /// Of a convolution that is in no residual block, else "": how its output's size follows from its input's.
  std::string size_formula = "";
};

/// The layers of models::dcgan_generator(options), in order.
std::vector<LayerText> generator_texts(const models::DcganOptions& options);
/// The layers of models::dcgan_discriminator(options).
std::vector<LayerText> discriminator_texts(const models::DcganOptions& options);

/// What each layer makes of the output of the one before, the first of `input`. In evaluation mode the last is what the
/// network makes of it. Throws Error naming the layer, as `texts` does, whose output has numbers that are not finite.
Tensors layer_outputs(const nn::Sequential& network, const std::vector<LayerText>& texts, const Tensor& input);

}  // namespace wisp::apps
