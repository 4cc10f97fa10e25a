// ONNX: networks in the format of github.com/onnx/onnx (docs/IR.md, docs/Operators.md).
#pragma once

#include <string>

#include <apps/dcgan/folded_network.h>

namespace wisp::apps {

/// Writes the network atomically as a model of operator set 13 for any number N of images:
/// - a generator maps z (N, latent, 1, 1) to image (N, channels, size, size) by ConvTranspose, Relu and Tanh;
/// - a discriminator maps image to logits (N, 1, 1, 1) by Conv and LeakyRelu.
/// Initializers are named after the layers: 0.weight, 0.bias. Throws Error beyond the format's 2 GiB, IoError when the
/// file cannot be written.
void write_onnx(const std::string& path, const FoldedNetwork& network);

}  // namespace wisp::apps
