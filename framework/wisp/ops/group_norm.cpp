#include <wisp/ops/group_norm.h>

#include <utility>

#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

// The mean of x (N,C,H,W) over each group, for every channel of it: (N,C,1,1). Channels are averaged first, because
// they lie innermost in memory and a group would have to be gathered.
Tensor group_mean(const Tensor& x, std::int64_t num_groups) {
  const std::int64_t batch = x.dim(0), size = x.dim(1) / num_groups;
  const Tensor of_group = mean(mean(x, {2, 3}).reshape({batch, num_groups, size}), {2}, true);
  return broadcast_to(of_group, {batch, num_groups, size}).reshape({batch, x.dim(1), 1, 1});
}

void check_arguments(const Tensor& input, std::int64_t num_groups, const Tensor& weight, const Tensor& bias) {
  check(input.rank() >= 2, "group_norm: input must be N x C x ..., given {}", input.shape());
  check(num_groups >= 1 && input.dim(1) % num_groups == 0,
        "group_norm: num_groups must be at least 1 and divide the {} channels, given {} (input {})", input.dim(1),
        num_groups, input.shape());
  const Shape channels{input.dim(1)};
  const DType dtype = compute_dtype(input.dtype());
  for (const auto& [name, tensor] : {std::pair{"weight", weight}, std::pair{"bias", bias}})
    check(!tensor.defined() || (tensor.shape() == channels && tensor.dtype() == dtype),
          "group_norm: {} must be {} {}, given {} {} (input {} {})", name, name_of(dtype), channels,
          tensor.defined() ? name_of(tensor.dtype()) : "", tensor.defined() ? tensor.shape() : Shape{},
          name_of(input.dtype()), input.shape());
}

}  // namespace

Tensor group_norm(const Tensor& input, std::int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps) {
  check_arguments(input, num_groups, weight, bias);
  if (input.numel() == 0) return input;
  const std::int64_t batch = input.dim(0), channels = input.dim(1);
  const Tensor image = input.rank() == 4 ? input : input.reshape({batch, channels, -1, 1});
  const Tensor x = image.to(compute_dtype(input.dtype()));
  const Tensor centered = x - group_mean(x, num_groups);
  Tensor y = centered / sqrt(group_mean(square(centered), num_groups) + eps);
  if (weight.defined()) y = y * weight.reshape({-1, 1, 1});
  if (bias.defined()) y = y + bias.reshape({-1, 1, 1});
  return y.to(input.dtype()).reshape(input.shape());
}

}  // namespace wisp
