#include <wisp/nn/group_norm.h>

#include <wisp/ops/arguments.h>
#include <wisp/ops/group_norm.h>

namespace wisp::nn {

GroupNorm::GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options)
    : num_groups_(num_groups), num_channels_(num_channels), eps_(options.eps) {
  check(num_channels >= 1, "GroupNorm: num_channels must be at least 1, given {}", num_channels);
  check(num_groups >= 1 && num_channels % num_groups == 0,
        "GroupNorm: num_groups must be at least 1 and divide num_channels, given {} and {}", num_groups, num_channels);
  check_size("GroupNorm", {num_channels});
  if (!options.affine) return;
  weight = register_parameter("weight", Tensor::ones({num_channels}));
  bias = register_parameter("bias", Tensor::zeros({num_channels}));
}

Tensor GroupNorm::forward(const Tensor& input) {
  check_floating("GroupNorm", {{"input", input}});
  check(input.rank() >= 2 && input.dim(1) == num_channels_, "GroupNorm: input must be N x {} x ..., given {}",
        num_channels_, input.shape());
  return group_norm(input, num_groups_, weight, bias, eps_);
}

}  // namespace wisp::nn
