// The widest vector of T the target has, through GCC's vector extensions.
#pragma once

#include <cstring>

namespace wisp::kernels::native {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int vector_registers = 32;
#else
inline constexpr int vector_registers = 16;
#endif

/// A vector of T, an arithmetic type: a whole register, or 16 bytes, which every target has.
template <class T, int bytes = vector_bytes>
struct Simd {
  static constexpr int lanes = bytes / static_cast<int>(sizeof(T));
  typedef T Vector __attribute__((vector_size(bytes)));

  /// Loads from an address aligned for T only.
  static Vector load(const T* from) {
    Vector value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }

  /// Stores to an address aligned for T only.
  static void store(T* to, const Vector& value) { std::memcpy(to, &value, sizeof(value)); }
};

/// Transposes a square of `count` vectors of `count` elements. Interleaving the upper with the lower half of the rows
/// rotates the bits of an element's address; log2(count) such rotations exchange row and column.
template <int count, class Vector>
[[gnu::always_inline]] inline void transpose_square(Vector* rows) {
  decltype(Vector{} < Vector{}) low{}, high{};
  for (int i = 0; i < count; ++i) {
    low[i] = i / 2 + i % 2 * count;
    high[i] = low[i] + count / 2;
  }
#pragma GCC unroll 4
  for (int done = 1; done < count; done *= 2) {
    Vector next[count];
#pragma GCC unroll 8
    for (int i = 0; i < count / 2; ++i) {
      next[2 * i] = __builtin_shuffle(rows[i], rows[i + count / 2], low);
      next[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + count / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < count; ++i) rows[i] = next[i];
  }
}

}  // namespace wisp::kernels::native
