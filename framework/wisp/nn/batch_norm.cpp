#include <wisp/nn/batch_norm.h>

#include <wisp/nn/description.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/batch_norm.h>

namespace wisp::nn {

namespace {

std::int64_t checked(const char* name, std::int64_t num_features) {
  check(num_features >= 1, "{}: num_features must be at least 1, given {}", name, num_features);
  check_size(name, {num_features});
  return num_features;
}

Tensor filled(bool wanted, std::int64_t channels, double value) {
  return wanted ? Tensor::full({channels}, value) : Tensor();
}

template <class Layer>
std::shared_ptr<Module> made(const Options& options) {
  std::optional<double> momentum;
  if (options["momentum"] != OptionValue()) momentum = options.get<double>("momentum");
  return std::make_shared<Layer>(options.get<std::int64_t>("num_features"),
                                 BatchNormOptions{.eps = options.get<double>("eps"),
                                                  .momentum = momentum,
                                                  .affine = options.get<bool>("affine"),
                                                  .track_running_stats = options.get<bool>("track_running_stats"),
                                                  .bias = options.get<bool>("bias")});
}

}  // namespace

BatchNorm::BatchNorm(const char* name, std::int64_t num_features, const BatchNormOptions& options, int min_rank,
                     int max_rank)
    : weight(register_parameter("weight", filled(options.affine, checked(name, num_features), 1))),
      bias(register_parameter("bias", filled(options.affine && options.bias, num_features, 0))),
      running_mean(register_buffer("running_mean", filled(options.track_running_stats, num_features, 0))),
      running_var(register_buffer("running_var", filled(options.track_running_stats, num_features, 1))),
      num_batches_tracked(register_buffer("num_batches_tracked",
                                          options.track_running_stats ? Tensor::zeros({}, DType::i64) : Tensor())),
      name_(name),
      num_features_(num_features),
      options_(std::make_shared<BatchNormOptions>(options)),
      min_rank_(min_rank),
      max_rank_(max_rank) {}

Options BatchNorm::options() const {
  return {{"num_features", num_features_, Printed::value_alone},
          {"eps", options_->eps},
          {"momentum", options_->momentum ? OptionValue(*options_->momentum) : OptionValue()},
          {"affine", options_->affine},
          {"bias", options_->affine && options_->bias},
          {"track_running_stats", options_->track_running_stats}};
}

std::shared_ptr<Module> BatchNorm1d::make(const Description& description, Rng&) {
  return made<BatchNorm1d>(description.options);
}

std::shared_ptr<Module> BatchNorm2d::make(const Description& description, Rng&) {
  return made<BatchNorm2d>(description.options);
}

// Calls op(training, momentum) and counts the batch.
template <class Op>
Tensor BatchNorm::normalize(const Tensor& input, Op op) const {
  check_floating(name_, {{"input", input}});
  check(min_rank_ <= input.rank() && input.rank() <= max_rank_, "{}: input must have rank {}{}, given {}", name_,
        min_rank_, min_rank_ == max_rank_ ? "" : fmt::format(" or {}", max_rank_), input.shape());
  const bool training = is_training() || !options_->track_running_stats;
  double momentum = options_->momentum.value_or(0.0);
  if (!is_training() || !options_->track_running_stats) return op(training, momentum);
  const std::int64_t batches = num_batches_tracked.item<std::int64_t>() + 1;
  if (!options_->momentum) momentum = 1.0 / static_cast<double>(batches);
  const Tensor result = op(training, momentum);
  *num_batches_tracked.mutable_data<std::int64_t>() = batches;
  return result;
}

Tensor BatchNorm::forward(const Tensor& input) const {
  return normalize(input, [&](bool training, double momentum) {
    return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, options_->eps);
  });
}

Tensor BatchNorm::forward_leaky_relu(const Tensor& input, double negative_slope) const {
  return normalize(input, [&](bool training, double momentum) {
    return batch_norm_leaky_relu(input, running_mean, running_var, weight, bias, training, momentum, options_->eps,
                                 negative_slope);
  });
}

void BatchNorm::reset_running_stats() {
  if (!options_->track_running_stats) return;
  running_mean.copy_(Tensor::zeros(running_mean.shape(), running_mean.dtype()));
  running_var.copy_(Tensor::ones(running_var.shape(), running_var.dtype()));
  *num_batches_tracked.mutable_data<std::int64_t>() = 0;
}

}  // namespace wisp::nn
