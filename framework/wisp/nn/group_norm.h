// GroupNorm.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>

namespace wisp::nn {

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< train weight and bias
  bool bias = true;    ///< without, affine trains the weight alone
};

/// group_norm over (N,num_channels,...) with weight (1 at first) and bias (0), the same in training and evaluation.
class GroupNorm : public Module {
 public:
  /// Throws Error unless num_groups is at least 1 and divides num_channels, which is at least 1.
  GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options = {});

  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override;
  Options options() const override;

  Tensor& weight;
  Tensor& bias;

 private:
  std::int64_t num_groups_;
  std::int64_t num_channels_;
  GroupNormOptions options_;
};

}  // namespace wisp::nn
