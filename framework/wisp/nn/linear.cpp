#include <wisp/nn/linear.h>

#include <wisp/nn/description.h>
#include <wisp/nn/init.h>
#include <wisp/ops/arguments.h>

namespace wisp::nn {

namespace {

Shape weight_shape(std::int64_t in_features, std::int64_t out_features) {
  check(in_features >= 1 && out_features >= 1, "Linear: features must be at least 1, given {} and {}", in_features,
        out_features);
  return {out_features, in_features};
}

}  // namespace

Linear::Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options, Rng& rng)
    : weight(register_parameter(
          "weight", init::default_(Tensor::empty(weight_shape(in_features, out_features)), in_features, rng))),
      bias(register_parameter(
          "bias", options.bias ? init::default_(Tensor::empty({out_features}), in_features, rng) : Tensor())) {}

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
  const Options& o = description.options;
  return std::make_shared<Flatten>(FlattenOptions{o.get<int>("start_dim"), o.get<int>("end_dim")});
}

}  // namespace wisp::nn
