// The machine's arithmetic limits, measured.
#pragma once

#include <optional>

#include <wisp/core/dtype.h>

namespace wisp::apps {

/// Operations per second of all threads together, in GFLOP/s: the best of about `seconds`, since it is a limit.
/// f32: a loop of independent fused multiply-adds that touches registers only. bf16: the fastest of the square matrix
/// products of 1024, 1536 and 2048 by the first backend; none where bf16 is not faster than f32 (has_fast_bf16).
std::optional<double> peak_gflops(DType dtype, double seconds);

}  // namespace wisp::apps
