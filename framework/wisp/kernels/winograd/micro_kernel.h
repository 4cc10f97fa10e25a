// Vectors of channels, and the register tile of the matrix products: with native/simd.h all that depends on the CPU.
//
// Matrices lie in panels of Lanes<T>::width columns, a panel's rows one after the other:
//
//   by rows    element (r, c) of a panel at r width + c
//   by steps   element (p, c) of a panel at (p / group width + c) group + p % group
//
// where `group` rows that one multiply-add sums up stand together: 2 for bfloat16, 1 otherwise (then both are the
// same).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#include <wisp/core/dtype.h>
#include <wisp/kernels/native/simd.h>

namespace wisp::kernels::winograd {

/// How T is computed with: bfloat16 is widened to vectors of float.
template <class T>
struct Lanes {
  using Compute = compute_t<T>;
  using Vector = typename native::Simd<Compute>::Vector;
  static constexpr int count = native::Simd<Compute>::lanes;
  static constexpr int width = 2 * count;  ///< columns of a panel
  static constexpr int group = std::is_same_v<T, bfloat16> ? 2 : 1;
  /// What a multiply-add broadcasts of the left operand: `group` elements.
  using Unit = std::conditional_t<group == 2, std::uint32_t, T>;
};

/// Rows of the register tile; divides every panel's width.
inline constexpr int tile_rows = native::vector_registers == 32 ? 8 : 4;

template <class T>
using Vector = typename Lanes<T>::Vector;

/// How a matrix lies in its panels. A left operand by rows is multiplied with its columns as the steps of the sum, from
/// panel to panel; a panel by steps, as the transpose of a left operand, with its rows as the steps.
enum class Order { rows, steps };

/// As many integers of 16 and of 32 bits as a vector has floats.
typedef std::uint16_t Halves __attribute__((vector_size(native::vector_bytes / 2)));
typedef std::uint32_t Words __attribute__((vector_size(native::vector_bytes)));

#if defined(__AVX512BF16__)
inline __m512bh bits_of(__m512i value) { return __m512bh(value); }
#endif

/// Lanes<T>::count elements from an address aligned for T only.
template <class T>
Vector<T> load(const T* from) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    Halves halves;
    std::memcpy(&halves, from, sizeof(halves));
    return reinterpret_cast<Vector<T>>(__builtin_convertvector(halves, Words) << 16);
  } else {
    return native::Simd<T>::load(from);
  }
}

/// The first `count` elements, then zeros.
template <class T>
Vector<T> load_first(const T* from, std::int64_t count) {
  if (count >= Lanes<T>::count) return load(from);
  T some[Lanes<T>::count] = {};
  for (std::int64_t i = 0; i < count; ++i) some[i] = from[i];
  return load(some);
}

template <class T>
void store(T* to, const Vector<T>& value) {
  if constexpr (std::is_same_v<T, bfloat16>) {
#if defined(__AVX512BF16__)
    const __m256bh rounded = _mm512_cvtneps_pbh(reinterpret_cast<__m512>(value));
    std::memcpy(static_cast<void*>(to), &rounded, sizeof(rounded));
#else
    for (int i = 0; i < Lanes<T>::count; ++i) to[i] = bfloat16(value[i]);
#endif
  } else {
    native::Simd<T>::store(to, value);
  }
}

/// The first `count` elements alone.
template <class T>
void store_first(T* to, const Vector<T>& value, std::int64_t count) {
  if (count >= Lanes<T>::count) return store(to, value);
  T some[Lanes<T>::count];
  store(some, value);
  for (std::int64_t i = 0; i < count; ++i) to[i] = some[i];
}

/// `group` vectors as the rows of a group in a matrix by steps.
template <class T>
void store_group(T* to, const Vector<T>* values) {
  if constexpr (Lanes<T>::group == 1) {
    store(to, values[0]);
  } else {
#if defined(__AVX512BF16__)
    const __m512i rounded = reinterpret_cast<__m512i>(
        _mm512_cvtne2ps_pbh(reinterpret_cast<__m512>(values[1]), reinterpret_cast<__m512>(values[0])));
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                           21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, rounded));
#else
    for (int i = 0; i < Lanes<T>::count; ++i)
      for (int p = 0; p < 2; ++p) to[2 * i + p] = bfloat16(values[p][i]);
#endif
  }
}

/// sum + left right, lane by lane: `left` is one unit for all lanes, `right` points to a unit per lane.
template <class T>
[[gnu::always_inline]] inline Vector<T> multiply_add(const Vector<T>& sum, typename Lanes<T>::Unit left,
                                                     const T* right) {
  if constexpr (Lanes<T>::group == 1) {
    return sum + left * load(right);
  } else {
#if defined(__AVX512BF16__)
    return reinterpret_cast<Vector<T>>(_mm512_dpbf16_ps(reinterpret_cast<__m512>(sum),
                                                        bits_of(_mm512_set1_epi32(static_cast<int>(left))),
                                                        bits_of(_mm512_loadu_si512(right))));
#else
    Words words;
    std::memcpy(&words, right, sizeof(words));
    const auto low = reinterpret_cast<Vector<T>>(words << 16), high = reinterpret_cast<Vector<T>>(words & 0xffff0000u);
    return sum + std::bit_cast<float>(left << 16) * low + std::bit_cast<float>(left & 0xffff0000u) * high;
#endif
  }
}

/// c (tile_rows rows of a panel by rows) = left right, or += where `accumulate`. `left` is the first of tile_rows rows
/// in each of `panels` panels, `panel_stride` elements apart, with `groups` groups of steps each; `right` is a panel by
/// steps, as long as all of them.
template <Order order, class T>
void multiply_tile(std::int64_t panels, std::int64_t panel_stride, std::int64_t groups, const T* left, const T* right,
                   typename Lanes<T>::Compute* c, bool accumulate) {
  using L = Lanes<T>;
  using C = typename L::Compute;
  constexpr int row = order == Order::rows ? L::width : L::group;
  constexpr int step = order == Order::rows ? L::group : L::width * L::group;
  Vector<T> sum[tile_rows][2] = {};
  for (std::int64_t panel = 0; panel < panels; ++panel) {
    const T* a = left + panel * panel_stride;
    for (std::int64_t p = 0; p < groups; ++p) {
#pragma GCC unroll 8
      for (int r = 0; r < tile_rows; ++r) {
        typename L::Unit unit;
        std::memcpy(&unit, a + r * row, sizeof(unit));
        sum[r][0] = multiply_add<T>(sum[r][0], unit, right);
        sum[r][1] = multiply_add<T>(sum[r][1], unit, right + L::count * L::group);
      }
      a += step;
      right += L::width * L::group;
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < tile_rows; ++r)
    for (int v = 0; v < 2; ++v) {
      C* const to = c + r * L::width + v * L::count;
      store<C>(to, accumulate ? load<C>(to) + sum[r][v] : sum[r][v]);
    }
}

}  // namespace wisp::kernels::winograd
