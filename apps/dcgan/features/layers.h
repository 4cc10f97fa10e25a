// The layers of a network one by one, in words and at work.
#pragma once

#include <string>
#include <vector>

#include <wisp/nn/sequential.h>

namespace wisp::apps {

/// A layer of an nn::Sequential, and what it makes of the output of the one before.
struct LayerFeatures {
  std::string name;  ///< as PyTorch prints it, on one line
  std::string kind;  ///< for a file's name: "conv_transpose2d"; "residual" of a whole block
  /// Of a convolution that is in no residual block, else "": how its output's size follows from its input's.
  std::string size_formula;
  Tensor output;
};

/// All layers of the network in evaluation mode, the first of which gets `input`. Throws Error naming the layer whose
/// output has numbers that are not finite.
std::vector<LayerFeatures> layer_features(nn::Sequential& network, const Tensor& input);

}  // namespace wisp::apps
