// A network as other programs compute it: convolutions with bias and activations, each norm multiplied into the
// convolution that it belongs to.
#pragma once

#include <vector>

#include <apps/dcgan/network_file.h>

namespace wisp::apps {

/// One convolution, transposed in a generator. A residual layer's result is x + activation(convolution(x)).
struct FoldedLayer {
  models::DcganLayer layer;
  std::vector<float> weight;  ///< row-major (in, out, kernel, kernel) in a generator, else (out, in, kernel, kernel)
  std::vector<float> bias;    ///< out
};

struct FoldedNetwork {
  bool is_generator;  ///< ReLU between the layers and tanh at the end; else LeakyReLU(0.2) between
  models::DcganOptions options;
  std::vector<FoldedLayer> layers;
};

/// BatchNorm in evaluation mode maps channel c to s (x - running_mean) + bias with s = weight / sqrt(running_var +
/// 1e-5): the convolution before it gets s times its weight, computed in double. SpectralNorm in evaluation mode is
/// likewise the weight divided by u^T W v with the vectors as they are. Throws Error for GroupNorm, which depends on x,
/// and where a number is not finite.
FoldedNetwork fold(const LoadedGenerator& generator);
FoldedNetwork fold(const LoadedDiscriminator& discriminator);

}  // namespace wisp::apps
