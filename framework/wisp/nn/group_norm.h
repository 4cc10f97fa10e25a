// GroupNorm.
#pragma once

#include <cstdint>

#include <wisp/nn/module.h>

namespace wisp::nn {

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< train weight and bias
};

/// group_norm over (N,num_channels,...) with weight (1 at first) and bias (0), the same in training and evaluation.
class GroupNorm : public Module {
 public:
  /// Throws Error unless num_groups is at least 1 and divides num_channels, which is at least 1.
  GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options = {});

  Tensor forward(const Tensor& input) override;

  Tensor weight;
  Tensor bias;

 private:
  std::int64_t num_groups_;
  std::int64_t num_channels_;
  double eps_;
};

}  // namespace wisp::nn
