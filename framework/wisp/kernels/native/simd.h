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

/// A vector register of T; T is float or double.
template <class T>
struct Simd {
  static constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));
  typedef T Vector __attribute__((vector_size(vector_bytes)));

  /// Loads from an address aligned for T only.
  static Vector load(const T* from) {
    Vector value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }

  /// Stores to an address aligned for T only.
  static void store(T* to, const Vector& value) { std::memcpy(to, &value, sizeof(value)); }
};

}  // namespace wisp::kernels::native
