// SpectralNorm: a layer whose weight is divided by its largest singular value. Defaults and names in the state dict are
// those of torch.nn.utils.parametrizations.spectral_norm.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

#include <wisp/core/rng.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/linear.h>
#include <wisp/nn/module.h>
#include <wisp/ops/spectral_norm.h>

namespace wisp::nn {

struct SpectralNormOptions {
  std::int64_t n_power_iterations = 1;  ///< per forward pass in training mode; at most 10,000
  double eps = 1e-12;                   ///< vectors are divided by their length, or by this where it is more
};

/// spectral_norm of a weight, with the singular vectors in buffers: _u (out) and _v (the other extents multiplied).
/// They begin at random, with 15 steps of power_iteration. In training mode each call first improves them, also where
/// nothing is recorded; in evaluation mode they stay as they are.
class SpectralNormWeight : public Module {
 public:
  /// Throws Error when the weight's rank is below 2 or an option is out of range.
  SpectralNormWeight(const Tensor& weight, const SpectralNormOptions& options, Rng& rng);

  /// The weight as it is trained -> the weight that the layer uses.
  Tensor forward(const Tensor& weight) const override;
  const SpectralNormOptions& power_iteration() const { return options_; }

 private:
  SingularVectors iterate(const Tensor& weight, const Tensor& v, std::int64_t count) const;

  SpectralNormOptions options_;
  Tensor& u_;
  Tensor& v_;
};

namespace detail {

/// A weight that is trained, "original", and what it goes through, "0".
class ParametrizedWeight : public Module {
 public:
  ParametrizedWeight(const Tensor& weight, const SpectralNormOptions& options, Rng& rng);
  Tensor forward(const Tensor& weight) const override { return normalize(weight); }

  Tensor& original;
  const SpectralNormWeight normalize;
};

/// The parametrized weight of a layer, "weight".
class Parametrizations : public Module {
 public:
  Parametrizations(const Tensor& weight, const SpectralNormOptions& options, Rng& rng);
  Tensor forward(const Tensor& weight) const override { return parametrized(weight); }

  const ParametrizedWeight parametrized;
};

}  // namespace detail

template <class Layer>
concept NormalizesWeight = std::same_as<Layer, Conv2d> || std::same_as<Layer, Linear>;

/// SpectralNorm(Conv2d(...), {}, rng) is the Conv2d with its weight normalised, likewise Linear. The weight that is
/// trained is called parametrizations.weight.original, the vectors parametrizations.weight.0._u and ._v. Not for
/// ConvTranspose2d, whose output channels are the weight's second extent.
template <NormalizesWeight Layer>
class SpectralNorm : public Module {
 public:
  /// Of a Layer itself: one of a class derived from it would lose its own forward(). Throws Error when an option is out
  /// of range.
  template <std::same_as<Layer> Given>
  SpectralNorm(Given layer, const SpectralNormOptions& options, Rng& rng)
      : SpectralNorm(layer, options, rng, layer.weight.requires_grad(),
                     layer.bias.defined() && layer.bias.requires_grad()) {}
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override { return layer_.forward_with(input, normalize_(weight), bias); }
  /// Those of the layer, and those of the power iteration.
  Options options() const override;

 private:
  // What is frozen stays so.
  SpectralNorm(const Layer& layer, const SpectralNormOptions& options, Rng& rng, bool weight_trains, bool bias_trains)
      : layer_(layer),
        normalize_(register_module("parametrizations", detail::Parametrizations(layer.weight, options, rng))),
        weight(normalize_.parametrized.original),
        bias(register_parameter("bias", layer.bias)) {
    weight.set_requires_grad(weight_trains);
    if (bias.defined()) bias.set_requires_grad(bias_trains);
  }

  const Layer layer_;
  const detail::Parametrizations normalize_;

 public:
  Tensor& weight;  ///< as it is trained
  Tensor& bias;
};

template <class Layer>
SpectralNorm(Layer, const SpectralNormOptions&, Rng&) -> SpectralNorm<Layer>;

}  // namespace wisp::nn
