// The machine's arithmetic limit, measured.
#pragma once

namespace wisp::apps {

/// f32 operations per second of all threads together, in GFLOP/s, in a loop of independent fused multiply-adds that
/// touches registers only: the best of several runs, since it is a limit.
double peak_gflops();

}  // namespace wisp::apps
