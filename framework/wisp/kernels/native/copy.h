// Short copies, additions and transpositions, inlined: the pieces that packing is made of are often a few elements
// long.
#pragma once

#include <cstdint>
#include <cstring>

#include <wisp/kernels/native/simd.h>

namespace wisp::kernels::native {

/// A vector of 16 bytes.
template <class T>
using Quarter = Simd<T, 16>;

/// Calls visit.operator()<Piece>(i) for the pieces [i, i + elements of Piece) of [0, count), where Piece is a vector
/// register as often as one fits, then 16 bytes, then an element.
template <class T, class Visit>
[[gnu::always_inline]] inline void visit_pieces(std::int64_t count, const Visit& visit) {
  constexpr int lanes = Simd<T>::lanes, quarter = Quarter<T>::lanes;
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) visit.template operator()<typename Simd<T>::Vector>(i);
  for (; i + quarter <= count; i += quarter) visit.template operator()<typename Quarter<T>::Vector>(i);
  for (int rest = 0; rest < quarter && i < count; ++rest, ++i) visit.template operator()<T>(i);
}

/// to[i] = from[i].
template <class T>
inline void copy_run(const T* from, std::int64_t count, T* to) {
  visit_pieces<T>(count, [=]<class Piece>(std::int64_t i) {
    Piece piece;
    std::memcpy(&piece, from + i, sizeof(piece));
    std::memcpy(to + i, &piece, sizeof(piece));
  });
}

/// to[i] = 0.
template <class T>
inline void clear_run(std::int64_t count, T* to) {
  visit_pieces<T>(count, [=]<class Piece>(std::int64_t i) {
    const Piece zero{};
    std::memcpy(to + i, &zero, sizeof(zero));
  });
}

/// to[i] += from[i].
template <class T>
inline void add_run(const T* from, std::int64_t count, T* to) {
  visit_pieces<T>(count, [=]<class Piece>(std::int64_t i) {
    Piece sum, term;
    std::memcpy(&sum, to + i, sizeof(sum));
    std::memcpy(&term, from + i, sizeof(term));
    sum += term;
    std::memcpy(to + i, &sum, sizeof(sum));
  });
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
      typename Quarter<T>::Vector square[lanes];
      for (int k = 0; k < lanes; ++k) square[k] = Quarter<T>::load(from + (j + k) * from_stride + i);
      transpose_square<lanes>(square);
      for (int k = 0; k < lanes; ++k) Quarter<T>::store(to + (i + k) * to_stride + j, square[k]);
    }
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = i < whole_rows ? whole_columns : 0; j < columns; ++j) {
      to[i * to_stride + j] = from[j * from_stride + i];
    }
  }
}

}  // namespace wisp::kernels::native
