// What the metrics ask of their inputs.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp::metrics::detail {

/// Throws Error naming `op` unless `features` is f32 of shape (N, D) with N >= least_rows and D >= 1, all finite.
void check_features(const char* op, const Tensor& features, std::int64_t least_rows);

/// The same for two sets that are compared: their widths must agree, too.
void check_features(const char* op, const Tensor& a, const Tensor& b, std::int64_t least_rows);

/// Throws Error naming `op` unless all numbers of an f32 or f64 tensor are finite.
void check_finite(const char* op, const Tensor& tensor);

}  // namespace wisp::metrics::detail
