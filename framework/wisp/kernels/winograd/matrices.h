// The matrices of Winograd's minimal filtering F(m, 2), derived from evaluation points in exact arithmetic.
//
//   y = A^T [(G g) * (B^T d)],   y_i = g_0 d_i + g_1 d_(i+1),   i < m
//
// computes m outputs of a filter g of two taps from m + 1 data d with m + 1 multiplications, where the definition takes
// 2 m. It is Toom-Cook multiplication transposed: a filter g and a row of m outputs, read as polynomials, are evaluated
// at m points a_j and at infinity (where a polynomial's value is its leading coefficient), and the products there
// determine the product of the polynomials. So, with N_j the product of a_j - a_l over l != j,
//
//   A   (m + 1) x m        row j: 1, a_j, ..., a_j^(m-1);                            the last row: 0, ..., 0, 1
//   G   (m + 1) x 2        row j: 1, a_j;                                            the last row: 0, 1
//   B^T (m + 1) x (m + 1)  row j: the coefficients of the product of x - a_l, l != j, over N_j;
//                          the last row: those of the product of all x - a_l
//
// The factors 1 / N_j could stand in the rows of G instead: but there are ones in G, which cost no multiplication, and
// would with the factors.
//
// Source: S. Winograd, Arithmetic Complexity of Computations (SIAM 1980), ch. 5; A. Lavin, S. Gray, Fast Algorithms for
// Convolutional Neural Networks (CVPR 2016).
#pragma once

#include <array>
#include <cstddef>

#include <wisp/kernels/winograd/rational.h>

namespace wisp::kernels::winograd {

template <class T, std::size_t rows, std::size_t columns>
using Matrix = std::array<std::array<T, columns>, rows>;

/// The finite points of F(m, 2). Those of F(4, 2) were found by search: rounding costs half of what it does with the
/// small integers.
template <int m>
inline constexpr std::array<Rational, static_cast<std::size_t>(m)> points = {};
template <>
inline constexpr std::array<Rational, 2> points<2> = {0, 1};
template <>
inline constexpr std::array<Rational, 3> points<3> = {0, 1, -1};
template <>
inline constexpr std::array<Rational, 4> points<4> = {Rational{-5, 4}, {-3, 8}, {3, 8}, {9, 8}};

/// Row j: the powers 0 to n - 1 of the points, and the leading one at infinity.
template <std::size_t n, std::size_t m>
constexpr Matrix<Rational, m + 1, n> evaluation(const std::array<Rational, m>& at) {
  Matrix<Rational, m + 1, n> result{};
  for (std::size_t j = 0; j < m; ++j) {
    Rational power = 1;
    for (std::size_t i = 0; i < n; ++i) {
      result[j][i] = power;
      power = power * at[j];
    }
  }
  result[m][n - 1] = 1;
  return result;
}

/// The coefficients, that of 1 first, of the product of x - a_l over all l but `left_out`.
template <std::size_t m>
constexpr std::array<Rational, m + 1> vanishing_polynomial(const std::array<Rational, m>& at, std::size_t left_out) {
  std::array<Rational, m + 1> product{};
  product[0] = 1;
  for (std::size_t l = 0; l < m; ++l) {
    if (l == left_out) continue;
    for (std::size_t i = m; i > 0; --i) product[i] = product[i - 1] - at[l] * product[i];
    product[0] = -at[l] * product[0];
  }
  return product;
}

/// A, G and B^T of F(m, 2).
template <int m>
struct ExactMatrices {
  static constexpr std::size_t outputs = static_cast<std::size_t>(m), positions = outputs + 1;
  static constexpr Matrix<Rational, positions, outputs> a = evaluation<outputs>(points<m>);
  static constexpr Matrix<Rational, positions, 2> g = evaluation<2>(points<m>);
  static constexpr Matrix<Rational, positions, positions> b_transposed = [] {
    Matrix<Rational, positions, positions> result{};
    for (std::size_t j = 0; j < positions; ++j) result[j] = vanishing_polynomial(points<m>, j);
    for (std::size_t j = 0; j < outputs; ++j)
      for (std::size_t l = 0; l < outputs; ++l)
        if (l != j)
          for (Rational& value : result[j]) value = value / (points<m>[j] - points<m>[l]);
    return result;
  }();
};

template <class T, std::size_t rows, std::size_t columns>
constexpr Matrix<T, rows, columns> rounded(const Matrix<Rational, rows, columns>& exact) {
  Matrix<T, rows, columns> result{};
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) result[i][j] = static_cast<T>(static_cast<double>(exact[i][j]));
  return result;
}

template <class T, std::size_t rows, std::size_t columns>
constexpr Matrix<T, columns, rows> transposed(const Matrix<T, rows, columns>& matrix) {
  Matrix<T, columns, rows> result{};
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) result[j][i] = matrix[i][j];
  return result;
}

/// The same in T, with the transposes that the three maps need.
template <class T, int m>
struct Matrices {
  using Exact = ExactMatrices<m>;
  static constexpr auto a = rounded<T>(Exact::a);
  static constexpr auto a_transposed = transposed(a);
  static constexpr auto g = rounded<T>(Exact::g);
  static constexpr auto g_transposed = transposed(g);
  static constexpr auto b_transposed = rounded<T>(Exact::b_transposed);
  static constexpr auto b = transposed(b_transposed);
};

}  // namespace wisp::kernels::winograd
