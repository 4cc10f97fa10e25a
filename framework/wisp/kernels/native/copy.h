// Short copies, additions and transpositions, inlined: the pieces that packing is made of are often a few elements
// long.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include <wisp/kernels/native/simd.h>

namespace wisp::kernels::native {

/// A vector of 16 bytes, which every target has.
template <class T>
struct Quarter {
  static constexpr int lanes = 16 / static_cast<int>(sizeof(T));
  typedef T Vector __attribute__((vector_size(16)));
  typedef std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t> Index __attribute__((vector_size(16)));
};

/// to[i] = from[i].
template <class T>
inline void copy_run(const T* from, std::int64_t count, T* to) {
  constexpr int lanes = Simd<T>::lanes;
  constexpr int quarter = Quarter<T>::lanes;
  for (; count >= lanes; count -= lanes, from += lanes, to += lanes) Simd<T>::store(to, Simd<T>::load(from));
  for (; count >= quarter; count -= quarter, from += quarter, to += quarter) std::memcpy(to, from, 16);
  for (std::int64_t i = 0; i < count && i < quarter; ++i) to[i] = from[i];
}

/// to[i] = value.
template <class T>
inline void fill_run(T value, std::int64_t count, T* to) {
  constexpr int lanes = Simd<T>::lanes;
  constexpr int quarter = Quarter<T>::lanes;
  const typename Quarter<T>::Vector values = value - typename Quarter<T>::Vector{};
  for (; count >= lanes; count -= lanes, to += lanes) Simd<T>::store(to, value - typename Simd<T>::Vector{});
  for (; count >= quarter; count -= quarter, to += quarter) std::memcpy(to, &values, 16);
  for (std::int64_t i = 0; i < count && i < quarter; ++i) to[i] = value;
}

/// to[i] += from[i].
template <class T>
inline void add_run(const T* from, std::int64_t count, T* to) {
  constexpr int lanes = Simd<T>::lanes;
  constexpr int quarter = Quarter<T>::lanes;
  for (; count >= lanes; count -= lanes, from += lanes, to += lanes) {
    Simd<T>::store(to, Simd<T>::load(to) + Simd<T>::load(from));
  }
  for (; count >= quarter; count -= quarter, from += quarter, to += quarter) {
    typename Quarter<T>::Vector sum, term;
    std::memcpy(&sum, to, 16);
    std::memcpy(&term, from, 16);
    sum += term;
    std::memcpy(to, &sum, 16);
  }
  for (std::int64_t i = 0; i < count && i < quarter; ++i) to[i] += from[i];
}

/// to[i * to_stride + j] = from[j * from_stride + i] for i, j < Quarter::lanes.
template <class T>
inline void transpose_square(const T* from, std::int64_t from_stride, T* to, std::int64_t to_stride) {
  constexpr int lanes = Quarter<T>::lanes;
  typename Quarter<T>::Index low, high;
  for (int i = 0; i < lanes / 2; ++i) {
    low[2 * i] = i;
    low[2 * i + 1] = lanes + i;
    high[2 * i] = lanes / 2 + i;
    high[2 * i + 1] = lanes + lanes / 2 + i;
  }
  typename Quarter<T>::Vector rows[lanes], zipped[lanes];
  for (int j = 0; j < lanes; ++j) std::memcpy(&rows[j], from + j * from_stride, 16);
  // Interleaving the upper with the lower half of the rows rotates the bits of an element's address; log2(lanes) such
  // rotations exchange row and column.
  for (int done = 1; done < lanes; done *= 2) {
    for (int i = 0; i < lanes / 2; ++i) {
      zipped[2 * i] = __builtin_shuffle(rows[i], rows[i + lanes / 2], low);
      zipped[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + lanes / 2], high);
    }
    for (int i = 0; i < lanes; ++i) rows[i] = zipped[i];
  }
  for (int i = 0; i < lanes; ++i) std::memcpy(to + i * to_stride, &rows[i], 16);
}

/// to[i * to_stride + j] = from[j * from_stride + i] for i < rows, j < columns.
template <class T>
void transpose(const T* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, T* to,
               std::int64_t to_stride) {
  constexpr int lanes = Quarter<T>::lanes;
  const std::int64_t whole_rows = rows / lanes * lanes;
  const std::int64_t whole_columns = columns / lanes * lanes;
  for (std::int64_t j = 0; j < whole_columns; j += lanes) {
    for (std::int64_t i = 0; i < whole_rows; i += lanes) {
      transpose_square(from + j * from_stride + i, from_stride, to + i * to_stride + j, to_stride);
    }
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = i < whole_rows ? whole_columns : 0; j < columns; ++j) {
      to[i * to_stride + j] = from[j * from_stride + i];
    }
  }
}

}  // namespace wisp::kernels::native
