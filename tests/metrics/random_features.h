// Features to measure.
#pragma once

#include <vector>

#include <wisp/core/rng.h>
#include <wisp/core/tensor.h>

namespace wisp::testing {

/// (count, width) normal numbers.
inline Tensor random_features(std::int64_t count, std::int64_t width, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::randn({count, width}, rng);
}

/// The rows in the given order; it may leave some out or name some twice.
inline Tensor rows_of(const Tensor& features, const std::vector<std::int64_t>& order) {
  const std::int64_t width = features.dim(1);
  std::vector<float> values;
  for (const std::int64_t row : order)
    values.insert(values.end(), features.data<float>() + row * width, features.data<float>() + (row + 1) * width);
  return Tensor::from({static_cast<std::int64_t>(order.size()), width}, values);
}

/// The rows in a random order.
inline Tensor shuffled(const Tensor& features) {
  Rng rng(99);
  return rows_of(features, rng.permutation(features.dim(0)));
}

}  // namespace wisp::testing
