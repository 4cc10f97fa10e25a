// What this build contains, and what this CPU is good at. The one file, with registry.cpp, that asks the preprocessor.
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
