#include <wisp/ops/spectral_norm.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <wisp/autograd/backward.h>
#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/profile.h>
#include <wisp/kernels/vector_norm.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;
using kernels::KernelTimer;

constexpr std::int64_t grain = 1 << 16;  // numbers of the matrix per chunk

// The weight as it lies in memory: rows x columns.
struct Extents {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t rows_per_chunk() const { return std::max<std::int64_t>(grain / std::max<std::int64_t>(columns, 1), 1); }
  std::int64_t columns_per_chunk() const { return std::max<std::int64_t>(grain / rows, 16); }
};

Extents extents_of(const Tensor& weight) { return {weight.dim(0), weight.numel() / weight.dim(0)}; }

void check_weight(const char* op, const Tensor& weight) {
  check_floating(op, {{"weight", weight}});
  check(weight.rank() >= 2 && weight.numel() > 0, "{}: weight must have rank 2 or more and hold numbers, given {}", op,
        weight.shape());
}

void check_vector(const char* op, const char* name, const Tensor& vector, const Shape& shape, const Tensor& weight) {
  check(vector.defined() && vector.shape() == shape && vector.dtype() == weight.dtype(),
        "{}: {} must be {} {}, given {} {} (weight {} {})", op, name, name_of(weight.dtype()), shape,
        vector.defined() ? name_of(vector.dtype()) : "", vector.defined() ? vector.shape() : Shape{},
        name_of(weight.dtype()), weight.shape());
}

// The sum of products, several side by side, so that they can be vectors: in the type of the numbers for a few hundred
// at a time, in double from there on. For numbers of which one is from a vector of length 1.
template <class T>
double dot_with_unit(const T* a, const T* unit, std::int64_t n) {
  constexpr std::int64_t lanes = 32, block = 16 * lanes;
  double sum = 0;
  std::int64_t i = 0;
  for (std::int64_t end = std::min(block, n); i + lanes <= n; end = std::min(end + block, n)) {
    std::array<T, lanes> sums{};
    for (; i + lanes <= end; i += lanes)
      for (std::int64_t j = 0; j < lanes; ++j) sums[static_cast<std::size_t>(j)] += a[i + j] * unit[i + j];
    for (const T lane : sums) sum += static_cast<double>(lane);
  }
  for (; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(unit[i]);
  return sum;
}

// The same in double altogether.
template <class A, class B>
double dot(const A* a, const B* b, std::int64_t n) {
  constexpr std::int64_t lanes = 32;
  std::array<double, lanes> sums{};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::int64_t j = 0; j < lanes; ++j)
      sums[static_cast<std::size_t>(j)] += static_cast<double>(a[i + j]) * static_cast<double>(b[i + j]);
  double sum = 0;
  for (const double lane : sums) sum += lane;
  for (; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

// y = W v.
template <class T>
void times(const Extents& m, const T* w, const T* v, double* y) {
  parallel_for(m.rows, m.rows_per_chunk(), [=](std::int64_t begin, std::int64_t end) {
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
void transpose_times(const Extents& m, const T* w, const T* u, double* y) {
  parallel_for(m.columns, m.columns_per_chunk(), [=](std::int64_t begin, std::int64_t end) {
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
  const double length = std::max(kernels::vector_norm(n, x), eps);
  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(x[i] / length);
}

// write(zero of the type to compute in): the weight's, or double where sigma or `other` is beyond its range.
template <class T, class Write>
void visit_wide_enough(double sigma, double other, Write write) {
  if (std::isnormal(static_cast<T>(sigma)) && std::isfinite(static_cast<T>(other)))
    write(T{});
  else
    write(double{});
}

template <class T>
double sigma_of(const Extents& m, const Tensor& weight, const SingularVectors& vectors) {
  Scratch<double> product(m.rows);
  times(m, weight.data<T>(), vectors.v.data<T>(), product.data());
  return dot(vectors.u.data<T>(), product.data(), m.rows);
}

// u v^T in the shape of the weight.
Tensor outer(const SingularVectors& vectors) {
  std::vector<std::int64_t> column(static_cast<std::size_t>(vectors.v.rank()), 1);
  column[0] = vectors.u.dim(0);
  return vectors.u.reshape(std::span<const std::int64_t>(column)) * vectors.v;
}

Tensor backward_composite(const Tensor& g, const Tensor& weight, const Tensor& u, const Tensor& v) {
  const Tensor direction = outer({u, v});
  const Tensor sigma = sum(weight * direction);
  return (g - sum(g * (weight / sigma)) * direction) / sigma;
}

// The gradient of the weight, whose sigma is known; its own vjp is the composite's.
Tensor spectral_norm_backward(const Tensor& g, const Tensor& weight, const SingularVectors& vectors, double sigma) {
  const KernelTimer timer("spectral_norm");
  const Extents m = extents_of(weight);
  Tensor grad = Tensor::empty(weight.shape(), weight.dtype());
  visit_compute_dtype("spectral_norm", weight.dtype(), [&]<class T>(T) {
    const T *const w = weight.data<T>(), *const gs = g.data<T>();
    const T *const u = vectors.u.data<T>(), *const v = vectors.v.data<T>();
    std::vector<double> products(static_cast<std::size_t>(m.rows));
    parallel_for(m.rows, m.rows_per_chunk(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        products[static_cast<std::size_t>(i)] = dot(gs + i * m.columns, w + i * m.columns, m.columns);
    });
    double product = 0;
    for (const double row : products) product += row;
    T* const out = grad.mutable_data<T>();
    visit_wide_enough<T>(sigma, product / sigma, [=]<class D>(D) {
      parallel_for(m.rows, m.rows_per_chunk(), [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const D along = static_cast<D>(product / sigma * static_cast<double>(u[i]));
          for (std::int64_t j = 0; j < m.columns; ++j)
            out[i * m.columns + j] = static_cast<T>(
                (static_cast<D>(gs[i * m.columns + j]) - along * static_cast<D>(v[j])) / static_cast<D>(sigma));
        }
      });
    });
  });
  return record(
      "spectral_norm_backward", grad, {g, weight}, {{g, weight, vectors.u, vectors.v}}, [](const Cotangents& c) {
        return autograd::composite_vjp(
            [&](const Tensors& in) { return Tensors{backward_composite(in[0], in[1], c.saved(2), c.saved(3))}; },
            {c.saved(0), c.saved(1)}, c);
      });
}

}  // namespace

Shape row_shape(const Tensor& weight) {
  check_defined("row_shape", {{"weight", weight}});
  check(weight.rank() >= 1, "row_shape: the weight must have rank 1 or more, given a scalar");
  std::vector<std::int64_t> extents(weight.shape().begin(), weight.shape().end());
  extents[0] = 1;
  return Shape(extents);
}

SingularVectors power_iteration(const Tensor& weight, const Tensor& v, double eps) {
  constexpr const char* op = "power_iteration";
  check_weight(op, weight);
  check_vector(op, "v", v, row_shape(weight), weight);
  const KernelTimer timer("spectral_norm");
  const Extents m = extents_of(weight);
  SingularVectors result{Tensor::empty({m.rows}, weight.dtype()), Tensor::empty(v.shape(), weight.dtype())};
  visit_compute_dtype(op, weight.dtype(), [&]<class T>(T) {
    Scratch<double> products(std::max(m.rows, m.columns));
    T* const u = result.u.mutable_data<T>();
    times(m, weight.data<T>(), v.data<T>(), products.data());
    make_unit(products.data(), m.rows, eps, u);
    transpose_times(m, weight.data<T>(), u, products.data());
    make_unit(products.data(), m.columns, eps, result.v.mutable_data<T>());
  });
  return result;
}

Tensor spectral_norm(const Tensor& weight, const SingularVectors& vectors) {
  constexpr const char* op = "spectral_norm";
  check_weight(op, weight);
  check_vector(op, "u", vectors.u, {weight.dim(0)}, weight);
  check_vector(op, "v", vectors.v, row_shape(weight), weight);
  const Extents m = extents_of(weight);
  Tensor result = Tensor::empty(weight.shape(), weight.dtype());
  double sigma = 0;
  {
    const KernelTimer timer(op);
    visit_compute_dtype(op, weight.dtype(), [&]<class T>(T) {
      sigma = sigma_of<T>(m, weight, vectors);
      const T* const w = weight.data<T>();
      T* const out = result.mutable_data<T>();
      visit_wide_enough<T>(sigma, 0, [=, n = weight.numel()]<class D>(D) {
        parallel_for(n, grain, [=](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i)
            out[i] = static_cast<T>(static_cast<D>(w[i]) / static_cast<D>(sigma));
        });
      });
    });
  }
  const SingularVectors constants{vectors.u.detach(), vectors.v.detach()};
  return record(op, result, {weight}, {{weight, constants.u, constants.v}}, [sigma](const Cotangents& c) {
    return Tensors{spectral_norm_backward(c.grad(), c.saved(0), {c.saved(1), c.saved(2)}, sigma)};
  });
}

}  // namespace wisp
