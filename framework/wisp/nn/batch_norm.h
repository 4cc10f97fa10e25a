// BatchNorm1d and BatchNorm2d.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>

namespace wisp::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< std::nullopt: running statistics are the plain mean over all batches
  bool affine = true;                    ///< train weight and bias
  bool track_running_stats = true;       ///< without, evaluation also uses the statistics of the batch
  bool bias = true;                      ///< without, affine trains the weight alone
};

/// batch_norm with weight (1 at first), bias (0), and buffers running_mean (0), running_var (1), num_batches_tracked.
class BatchNorm : public Module {
 public:
  Tensor forward(const Tensor& input) const override;
  /// leaky_relu(forward(input), negative_slope) in one pass; relu where the slope is 0.
  Tensor forward_leaky_relu(const Tensor& input, double negative_slope) const;
  Options options() const override;

  /// Puts the running statistics back to their first values: mean 0, variance 1, no batches.
  void reset_running_stats();
  std::optional<double> momentum() const { return options_->momentum; }
  /// See BatchNormOptions.
  void set_momentum(std::optional<double> momentum) { options_->momentum = momentum; }

  Tensor& weight;
  Tensor& bias;
  Tensor& running_mean;
  Tensor& running_var;
  Tensor& num_batches_tracked;

 protected:
  /// Takes inputs of rank min_rank to max_rank.
  BatchNorm(const char* name, std::int64_t num_features, const BatchNormOptions& options, int min_rank, int max_rank);

 private:
  template <class Op>
  Tensor normalize(const Tensor& input, Op op) const;

  const char* name_;
  std::int64_t num_features_;
  std::shared_ptr<BatchNormOptions> options_;  // of all handles on this layer
  int min_rank_;
  int max_rank_;
};

/// Over (N,C) or (N,C,L).
class BatchNorm1d : public BatchNorm {
 public:
  explicit BatchNorm1d(std::int64_t num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm1d", num_features, options, 2, 3) {}
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);
};

/// Over (N,C,H,W).
class BatchNorm2d : public BatchNorm {
 public:
  explicit BatchNorm2d(std::int64_t num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm2d", num_features, options, 4, 4) {}
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);
};

}  // namespace wisp::nn
