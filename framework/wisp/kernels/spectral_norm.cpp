#include <wisp/kernels/spectral_norm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/profile.h>
#include <wisp/kernels/vector_norm.h>

namespace wisp::kernels {
namespace {

constexpr std::int64_t grain = 1 << 16;  // numbers of the matrix per chunk

std::int64_t rows_per_chunk(const MatrixExtents& m) {
  return std::max<std::int64_t>(grain / std::max<std::int64_t>(m.columns, 1), 1);
}

std::int64_t columns_per_chunk(const MatrixExtents& m) { return std::max<std::int64_t>(grain / m.rows, 16); }

// The sum of products. Several lanes side by side, so that they can be vectors, add up in Sum; after every `block`
// numbers what they hold goes to a sum in double.
template <class Sum, class A, class B>
double lane_dot(const A* a, const B* b, std::int64_t n, std::int64_t block) {
  constexpr std::int64_t lanes = 32;
  double sum = 0;
  std::int64_t i = 0;
  for (std::int64_t end = std::min(block, n); i + lanes <= n; end = std::min(end + block, n)) {
    std::array<Sum, lanes> sums{};
    for (; i + lanes <= end; i += lanes)
      for (std::int64_t j = 0; j < lanes; ++j)
        sums[static_cast<std::size_t>(j)] += static_cast<Sum>(a[i + j]) * static_cast<Sum>(b[i + j]);
    for (const Sum lane : sums) sum += static_cast<double>(lane);
  }
  for (; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

// In double throughout.
template <class A, class B>
double dot(const A* a, const B* b, std::int64_t n) {
  return lane_dot<double>(a, b, n, n);
}

// In T for a few hundred numbers at a time, which is exact enough since `unit` has length 1.
template <class T>
double dot_with_unit(const T* a, const T* unit, std::int64_t n) {
  return lane_dot<T>(a, unit, n, 512);
}

// y = W v.
template <class T>
void times(const MatrixExtents& m, const T* w, const T* v, double* y) {
  parallel_for(m.rows, rows_per_chunk(m), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) y[i] = dot_with_unit(w + i * m.columns, v, m.columns);
  });
}

// y[j] += the sum of u[i] w[i, j] over `rows` rows, for begin <= j < end. u is a part of a vector of length 1.
template <int rows, class T>
void add_rows(const T* __restrict u, const T* __restrict w, std::int64_t columns, std::int64_t begin, std::int64_t end,
              double* __restrict y) {
  for (std::int64_t j = begin; j < end; ++j) {
    T sum = 0;
    for (int i = 0; i < rows; ++i) sum += u[i] * w[i * columns + j];
    y[j] += static_cast<double>(sum);
  }
}

// y = W^T u.
template <class T>
void transpose_times(const MatrixExtents& m, const T* w, const T* u, double* y) {
  parallel_for(m.columns, columns_per_chunk(m), [=](std::int64_t begin, std::int64_t end) {
    std::fill(y + begin, y + end, 0.0);
    std::int64_t i = 0;
    for (; i + 8 <= m.rows; i += 8)  // eight rows at once: sums are fetched and stored less often
      add_rows<8>(u + i, w + i * m.columns, m.columns, begin, end, y);
    for (; i < m.rows; ++i) add_rows<1>(u + i, w + i * m.columns, m.columns, begin, end, y);
  });
}

// to = x / max(|x|, eps).
template <class T>
void make_unit(const double* x, std::int64_t n, double eps, T* to) {
  const double length = std::max(vector_norm(n, x), eps);
  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(x[i] / length);
}

// Calls write(D{}) with the type D to divide in: T, or double where T does not hold sigma or `other`.
template <class T, class Write>
void visit_wide_enough(double sigma, double other, Write write) {
  if (std::isnormal(static_cast<T>(sigma)) && std::isfinite(static_cast<T>(other)))
    write(T{});
  else
    write(double{});
}

}  // namespace

template <class T>
void power_iteration(const MatrixExtents& m, const T* w, const T* v, double eps, T* u, T* next_v) {
  const KernelTimer timer("spectral_norm");
  Scratch<double> products(std::max(m.rows, m.columns));
  times(m, w, v, products.data());
  make_unit(products.data(), m.rows, eps, u);
  transpose_times(m, w, u, products.data());
  make_unit(products.data(), m.columns, eps, next_v);
}

template <class T>
double spectral_norm(const MatrixExtents& m, const T* w, const T* u, const T* v, T* out) {
  const KernelTimer timer("spectral_norm");
  Scratch<double> product(m.rows);
  times(m, w, v, product.data());
  const double sigma = dot(u, product.data(), m.rows);
  visit_wide_enough<T>(sigma, 0, [=]<class D>(D) {
    parallel_for(m.rows * m.columns, grain, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) out[i] = static_cast<T>(static_cast<D>(w[i]) / static_cast<D>(sigma));
    });
  });
  return sigma;
}

template <class T>
void spectral_norm_backward(const MatrixExtents& m, const T* g, const T* w, const T* u, const T* v, double sigma,
                            T* grad) {
  const KernelTimer timer("spectral_norm");
  Scratch<double> rows(m.rows);
  double* const products = rows.data();
  parallel_for(m.rows, rows_per_chunk(m), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) products[i] = dot(g + i * m.columns, w + i * m.columns, m.columns);
  });
  double product = 0;
  for (std::int64_t i = 0; i < m.rows; ++i) product += products[i];
  visit_wide_enough<T>(sigma, product / sigma, [=]<class D>(D) {
    parallel_for(m.rows, rows_per_chunk(m), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const D along = static_cast<D>(product / sigma * static_cast<double>(u[i]));
        for (std::int64_t j = 0; j < m.columns; ++j)
          grad[i * m.columns + j] = static_cast<T>(
              (static_cast<D>(g[i * m.columns + j]) - along * static_cast<D>(v[j])) / static_cast<D>(sigma));
      }
    });
  });
}

#define WISP_INSTANTIATE(T)                                                                \
  template void power_iteration(const MatrixExtents&, const T*, const T*, double, T*, T*); \
  template double spectral_norm(const MatrixExtents&, const T*, const T*, const T*, T*);   \
  template void spectral_norm_backward(const MatrixExtents&, const T*, const T*, const T*, const T*, double, T*);
WISP_INSTANTIATE(float)
WISP_INSTANTIATE(double)
#undef WISP_INSTANTIATE

}  // namespace wisp::kernels
