// One of the convolution's maps by one implementation, on numbers in f64 that are rounded to its dtype and back.
#pragma once

#include <cmath>
#include <vector>

#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::testing {

template <class T>
std::vector<T> rounded(const std::vector<double>& values) {
  std::vector<T> result;
  for (const double v : values) result.push_back(convert<T>(v));
  return result;
}

template <class T>
std::vector<double> widened(const std::vector<T>& values) {
  std::vector<double> result;
  for (const T v : values) result.push_back(convert<double>(v));
  return result;
}

/// Operands of T; `results` results of R, which are NaN where the implementation does not write them.
template <class T, class R>
std::vector<double> run_map(const kernels::Conv2dImplementation& implementation, kernels::Conv2dMap map,
                            const kernels::Conv2dGeometry& g, const std::vector<double>& first,
                            const std::vector<double>& second, std::int64_t results) {
  std::vector<R> result(static_cast<std::size_t>(results), convert<R>(std::nan("")));
  implementation.run({map, g, dtype_of<T>}, rounded<T>(first).data(), rounded<T>(second).data(), result.data());
  return widened(result);
}

}  // namespace wisp::testing
