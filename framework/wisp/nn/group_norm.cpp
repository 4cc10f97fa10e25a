#include <wisp/nn/group_norm.h>

#include <wisp/nn/description.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/group_norm.h>

namespace wisp::nn {
namespace {

std::int64_t checked_channels(std::int64_t num_groups, std::int64_t num_channels) {
  check(num_channels >= 1, "GroupNorm: num_channels must be at least 1, given {}", num_channels);
  check(num_groups >= 1 && num_channels % num_groups == 0,
        "GroupNorm: num_groups must be at least 1 and divide num_channels, given {} and {}", num_groups, num_channels);
  check_size("GroupNorm", {num_channels});
  return num_channels;
}

Tensor filled(bool wanted, std::int64_t channels, double value) {
  return wanted ? Tensor::full({channels}, value) : Tensor();
}

}  // namespace

GroupNorm::GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options)
    : weight(register_parameter("weight", filled(options.affine, checked_channels(num_groups, num_channels), 1))),
      bias(register_parameter("bias", filled(options.affine && options.bias, num_channels, 0))),
      num_groups_(num_groups),
      num_channels_(num_channels),
      options_(options) {}

Tensor GroupNorm::forward(const Tensor& input) const {
  check_floating("GroupNorm", {{"input", input}});
  check(input.rank() >= 2 && input.dim(1) == num_channels_, "GroupNorm: input must be N x {} x ..., given {}",
        num_channels_, input.shape());
  return group_norm(input, num_groups_, weight, bias, options_.eps);
}

Options GroupNorm::options() const {
  return {{"num_groups", num_groups_, Printed::value_alone},
          {"num_channels", num_channels_, Printed::value_alone},
          {"eps", options_.eps},
          {"affine", options_.affine},
          {"bias", options_.affine && options_.bias}};
}

std::shared_ptr<Module> GroupNorm::make(const Description& description, Rng&) {
  const Options& o = description.options;
  return std::make_shared<GroupNorm>(
      o.get<std::int64_t>("num_groups"), o.get<std::int64_t>("num_channels"),
      GroupNormOptions{.eps = o.get<double>("eps"), .affine = o.get<bool>("affine"), .bias = o.get<bool>("bias")});
}

}  // namespace wisp::nn
