#include <wisp/nn/batch_norm.h>

#include <wisp/ops/arguments.h>
#include <wisp/ops/batch_norm.h>

namespace wisp::nn {

BatchNorm::BatchNorm(const char* name, std::int64_t num_features, const BatchNormOptions& options, int min_rank,
                     int max_rank)
    : name_(name), options_(options), min_rank_(min_rank), max_rank_(max_rank) {
  check(num_features >= 1, "{}: num_features must be at least 1, given {}", name, num_features);
  check_size(name, {num_features});
  if (options.affine) {
    weight = register_parameter("weight", Tensor::ones({num_features}));
    bias = register_parameter("bias", Tensor::zeros({num_features}));
  }
  if (options.track_running_stats) {
    running_mean = register_buffer("running_mean", Tensor::zeros({num_features}));
    running_var = register_buffer("running_var", Tensor::ones({num_features}));
    num_batches_tracked = register_buffer("num_batches_tracked", Tensor::zeros({}, DType::i64));
  }
}

// Calls op(training, momentum) and counts the batch.
template <class Op>
Tensor BatchNorm::normalize(const Tensor& input, Op op) {
  check_floating(name_, {{"input", input}});
  check(min_rank_ <= input.rank() && input.rank() <= max_rank_, "{}: input must have rank {}{}, given {}", name_,
        min_rank_, min_rank_ == max_rank_ ? "" : fmt::format(" or {}", max_rank_), input.shape());
  const bool training = is_training() || !options_.track_running_stats;
  double momentum = options_.momentum.value_or(0.0);
  if (!is_training() || !options_.track_running_stats) return op(training, momentum);
  const std::int64_t batches = num_batches_tracked.item<std::int64_t>() + 1;
  if (!options_.momentum) momentum = 1.0 / static_cast<double>(batches);
  const Tensor result = op(training, momentum);
  *num_batches_tracked.mutable_data<std::int64_t>() = batches;
  return result;
}

Tensor BatchNorm::forward(const Tensor& input) {
  return normalize(input, [&](bool training, double momentum) {
    return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, options_.eps);
  });
}

Tensor BatchNorm::forward_leaky_relu(const Tensor& input, double negative_slope) {
  return normalize(input, [&](bool training, double momentum) {
    return batch_norm_leaky_relu(input, running_mean, running_var, weight, bias, training, momentum, options_.eps,
                                 negative_slope);
  });
}

void BatchNorm::reset_running_stats() {
  if (!options_.track_running_stats) return;
  running_mean.copy_(Tensor::zeros(running_mean.shape(), running_mean.dtype()));
  running_var.copy_(Tensor::ones(running_var.shape(), running_var.dtype()));
  *num_batches_tracked.mutable_data<std::int64_t>() = 0;
}

}  // namespace wisp::nn
