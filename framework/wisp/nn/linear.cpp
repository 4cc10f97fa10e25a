#include <wisp/nn/linear.h>

#include <wisp/nn/init.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/matmul.h>

namespace wisp::nn {

Linear::Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options, Rng& rng) {
  check(in_features >= 1 && out_features >= 1, "Linear: features must be at least 1, given {} and {}", in_features,
        out_features);
  weight = register_parameter("weight", Tensor::empty({out_features, in_features}));
  init::default_(weight, in_features, rng);
  if (!options.bias) return;
  bias = register_parameter("bias", Tensor::empty({out_features}));
  init::default_(bias, in_features, rng);
}

Tensor Linear::forward(const Tensor& input) { return linear(input, weight, bias); }

Tensor Flatten::forward(const Tensor& input) {
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

}  // namespace wisp::nn
