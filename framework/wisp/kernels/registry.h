// What this build contains, and what this CPU is good at. Whether there is oneDNN, only this file and registry.cpp ask
// the preprocessor; what it is asked besides stands in one file each: the vectors of the target in native/simd.h, its
// bf16 instructions in winograd/micro_kernel.h, oneDNN's version in onednn/version.h.
#pragma once

#include <cstdint>

namespace wisp::kernels {

/// Whether oneDNN was found when this was built.
#ifdef WISP_ONEDNN
inline constexpr bool has_onednn = true;
#else
inline constexpr bool has_onednn = false;
#endif

/// Whether bf16 is faster than f32: a CPU with bf16 multiplication (AVX512-BF16, AMX) and a backend that uses it.
bool has_fast_bf16();

/// How many oneDNN primitives have been made since the program started: a steady training step makes none.
std::uint64_t primitives_created();

}  // namespace wisp::kernels
