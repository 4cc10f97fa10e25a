// Linear and Flatten.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>
#include <wisp/ops/matmul.h>

namespace wisp::nn {

struct LinearOptions {
  bool bias = true;
};

/// y = x w^T + b with a trained weight (out_features, in_features) and bias (out_features).
class Linear : public Module {
 public:
  /// Throws Error when a size is below 1.
  Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options, Rng& rng);
  Linear(std::int64_t in_features, std::int64_t out_features, Rng& rng) : Linear(in_features, out_features, {}, rng) {}
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override { return forward_with(input, weight, bias); }
  /// The layer's function with other numbers.
  Tensor forward_with(const Tensor& input, const Tensor& other_weight, const Tensor& other_bias) const {
    return linear(input, other_weight, other_bias);
  }
  Options options() const override;

  Tensor& weight;
  Tensor& bias;
};

struct FlattenOptions {
  int start_dim = 1;
  int end_dim = -1;
};

/// Joins the dimensions start_dim to end_dim into one.
class Flatten : public Module {
 public:
  explicit Flatten(const FlattenOptions& options = {}) : options_(options) {}
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override;
  Options options() const override;

 private:
  FlattenOptions options_;
};

}  // namespace wisp::nn
