// Residual: layers whose result is added to what goes in. As in PyTorch one would write a subclass of nn.Sequential,
// the layers' names are those of a Sequential.
//
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385, section 3.1.
#pragma once

#include <concepts>
#include <utility>

#include <wisp/nn/sequential.h>

namespace wisp::nn {

/// x -> x + layers(x). Throws Error when the layers change the shape or the dtype.
class Residual : public Sequential {
 public:
  /// Of a Sequential itself: one of a class derived from it would lose its own forward().
  template <std::same_as<Sequential> Layers>
  explicit Residual(Layers layers) : Sequential(std::move(layers)) {}

  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override;
};

}  // namespace wisp::nn
