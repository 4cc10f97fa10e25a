#include <wisp/metrics/features.h>

#include <algorithm>
#include <cmath>

namespace wisp::metrics::detail {

void check_finite(const char* op, const Tensor& tensor) {
  visit_compute_dtype(op, tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* begin = tensor.data<T>();
    const T* end = begin + tensor.numel();
    const T* found = std::find_if_not(begin, end, [](T value) { return std::isfinite(value); });
    check(found == end, "{}: all numbers must be finite, given {}", op, found == end ? T{0} : *found);
  });
}

void check_features(const char* op, const Tensor& features, std::int64_t least_rows) {
  check(features.dtype() == DType::f32 && features.rank() == 2 && features.dim(1) >= 1,
        "{}: rows must be f32 of shape (N, D), given {} {}", op, name_of(features.dtype()), features.shape());
  check(features.dim(0) >= least_rows, "{}: at least {} rows are needed, given {}", op, least_rows, features.dim(0));
  check_finite(op, features);
}

void check_features(const char* op, const Tensor& a, const Tensor& b, std::int64_t least_rows) {
  check_features(op, a, least_rows);
  check_features(op, b, least_rows);
  check(a.dim(1) == b.dim(1), "{}: both sets must have rows of one width, given {} and {}", op, a.dim(1), b.dim(1));
}

}  // namespace wisp::metrics::detail
