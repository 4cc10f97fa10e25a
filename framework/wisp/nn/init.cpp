#include <wisp/nn/init.h>

#include <algorithm>
#include <cmath>

#include <wisp/ops/arguments.h>

namespace wisp::nn::init {
namespace {

// draw(span) fills values in logical order.
template <class Draw>
Tensor fill(const char* op, Tensor tensor, Draw draw) {
  check_defined(op, {{"tensor", tensor}});
  visit_compute_dtype(op, tensor.dtype(), [&]<class T>(T) {
    std::vector<T> values(static_cast<std::size_t>(tensor.numel()));
    draw(std::span(values));
    tensor.copy_(Tensor::from(tensor.shape(), values));
  });
  return tensor;
}

}  // namespace

Tensor uniform_(Tensor tensor, double low, double high, Rng& rng) {
  return fill("uniform_", tensor, [&](auto values) { rng.uniform(values, low, high); });
}

Tensor normal_(Tensor tensor, double mean, double standard_deviation, Rng& rng) {
  return fill("normal_", tensor, [&](auto values) { rng.normal(values, mean, standard_deviation); });
}

Tensor constant_(Tensor tensor, double value) {
  return fill("constant_", tensor,
              [&]<class T>(std::span<T> values) { std::fill(values.begin(), values.end(), static_cast<T>(value)); });
}

std::int64_t fan_in(const Tensor& weight) {
  check_defined("fan_in", {{"weight", weight}});
  std::int64_t product = 1;
  for (int i = 1; i < weight.rank(); ++i) product *= weight.dim(i);
  return product;
}

Tensor default_(Tensor tensor, std::int64_t fan_in, Rng& rng) {
  const double bound = fan_in > 0 ? 1.0 / std::sqrt(static_cast<double>(fan_in)) : 0.0;
  return uniform_(tensor, -bound, bound, rng);
}

}  // namespace wisp::nn::init
