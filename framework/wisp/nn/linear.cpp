#include <wisp/nn/linear.h>

#include <algorithm>

#include <wisp/nn/description.h>
#include <wisp/nn/init.h>
#include <wisp/ops/arguments.h>

namespace wisp::nn {

namespace {

// The numbers of a weight or bias.
Tensor uniform(const Shape& shape, std::int64_t in_features, Rng& rng) {
  const Tensor result = Tensor::empty(shape);
  init::default_(result, in_features, rng);
  return result;
}

Shape weight_shape(std::int64_t in_features, std::int64_t out_features) {
  check(in_features >= 1 && out_features >= 1, "Linear: features must be at least 1, given {} and {}", in_features,
        out_features);
  return {out_features, in_features};
}

}  // namespace

Linear::Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options, Rng& rng)
    : weight(register_parameter("weight", uniform(weight_shape(in_features, out_features), in_features, rng))),
      bias(register_parameter("bias", options.bias ? uniform({out_features}, in_features, rng) : Tensor())) {}

Options Linear::options() const {
  return {{"in_features", weight.dim(1)}, {"out_features", weight.dim(0)}, {"bias", bias.defined()}};
}

std::shared_ptr<Module> Linear::make(const Description& description, Rng& rng) {
  const Options& o = description.options;
  return std::make_shared<Linear>(o.get<std::int64_t>("in_features"), o.get<std::int64_t>("out_features"),
                                  LinearOptions{.bias = o.get<bool>("bias")}, rng);
}

Tensor Flatten::forward(const Tensor& input) const {
  check_defined("Flatten", {{"input", input}});
  const int first = normalize_dim("Flatten", options_.start_dim, input.rank());
  const int last = normalize_dim("Flatten", options_.end_dim, input.rank());
  check(first <= last, "Flatten: start_dim {} comes after end_dim {}", options_.start_dim, options_.end_dim);
  std::vector<std::int64_t> extents;
  for (int i = 0; i < input.rank(); ++i) {
    if (i <= first || i > last)
      extents.push_back(input.shape()[i]);
    else
      extents.back() *= input.shape()[i];
  }
  return input.reshape(Shape(extents));
}

Options Flatten::options() const {
  return {{"start_dim", std::int64_t{options_.start_dim}}, {"end_dim", std::int64_t{options_.end_dim}}};
}

std::shared_ptr<Module> Flatten::make(const Description& description, Rng&) {
  const auto dim = [&](const char* name) {
    return static_cast<int>(
        std::clamp<std::int64_t>(description.options.get<std::int64_t>(name), -Shape::max_rank - 1, Shape::max_rank));
  };
  return std::make_shared<Flatten>(FlattenOptions{dim("start_dim"), dim("end_dim")});
}

}  // namespace wisp::nn
