// gemm against the definition: every implementation, dtype and transposition, row strides beyond the row, odd and empty
// sizes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <tests/kernels/forced_backend.h>
#include <tests/threads.h>
#include <wisp/core/rng.h>
#include <wisp/kernels/gemm_implementations.h>

namespace wisp::testing {
namespace {

struct Sizes {
  std::int64_t m, n, k;
};

const std::vector<Sizes> sizes = {{1, 1, 1},      {1, 17, 3},   {7, 1, 33},   {6, 16, 64},  {13, 31, 65},
                                  {64, 16, 1500}, {300, 5, 70}, {5, 300, 70}, {97, 101, 2}, {130, 129, 300},
                                  {3, 4, 0},      {0, 4, 3},    {4, 0, 3}};

template <class T>
std::vector<T> normal(std::int64_t count, Rng& rng) {
  std::vector<float> values(static_cast<std::size_t>(count));
  rng.normal(values);
  std::vector<T> result;
  for (const float v : values) result.push_back(convert<T>(v));
  return result;
}

// Random numbers in rows of `columns`, and `extra` NaN between the rows, which nobody may read.
template <class T>
std::vector<T> matrix(std::int64_t rows, std::int64_t columns, std::int64_t extra, Rng& rng) {
  std::vector<T> values = normal<T>(rows * (columns + extra), rng);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = columns; j < columns + extra; ++j)
      values[static_cast<std::size_t>(i * (columns + extra) + j)] = convert<T>(std::nan(""));
  return values;
}

// Operands of T, result of R, by every implementation that supports it; returns how many do.
template <class T, class R>
int check_product(const Sizes& s, bool transpose_a, bool transpose_b, std::int64_t extra, Rng& rng) {
  const std::int64_t a_stride = (transpose_a ? s.m : s.k) + extra, b_stride = (transpose_b ? s.k : s.n) + extra;
  const std::int64_t c_stride = s.n + extra;
  const auto a = transpose_a ? matrix<T>(s.k, s.m, extra, rng) : matrix<T>(s.m, s.k, extra, rng);
  const auto b = transpose_b ? matrix<T>(s.n, s.k, extra, rng) : matrix<T>(s.k, s.n, extra, rng);
  const auto element = [](const std::vector<T>& of, std::int64_t row, std::int64_t stride, std::int64_t column) {
    return convert<double>(of[static_cast<std::size_t>(row * stride + column)]);
  };
  // The definition: the sums, and what they may differ by; see rounded() in geometry/kernel_checks.cpp.
  const double u = (std::is_same_v<T, double> ? std::numeric_limits<double>::epsilon()
                                              : double{std::numeric_limits<float>::epsilon()}) /
                   2;
  std::vector<double> sums, bounds;
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < s.n; ++j) {
      double sum = 0, magnitude = 0;
      for (std::int64_t l = 0; l < s.k; ++l) {
        const double product = (transpose_a ? element(a, l, a_stride, i) : element(a, i, a_stride, l)) *
                               (transpose_b ? element(b, j, b_stride, l) : element(b, l, b_stride, j));
        sum += product;
        magnitude += std::abs(product);
      }
      // The reference itself rounds in double, too.
      const double bound = static_cast<double>(s.k + 2) * u * magnitude * (std::is_same_v<T, double> ? 2 : 1);
      sums.push_back(sum);
      bounds.push_back(bound + (std::is_same_v<R, bfloat16> ? (std::abs(sum) + bound) / 256 : 0));
    }

  const kernels::GemmProblem problem{s.m,      s.n,         s.k,      a_stride,    transpose_a,
                                     b_stride, transpose_b, c_stride, dtype_of<T>, dtype_of<R>};
  int count = 0;
  for (const kernels::GemmImplementation& implementation : kernels::gemm_implementations()) {
    if (!implementation.supports(problem)) continue;
    ++count;
    SCOPED_TRACE(::testing::Message() << implementation.name << " " << name_of(problem.operand) << " -> "
                                      << name_of(problem.result));
    const R untouched = convert<R>(12345.0);
    std::vector<R> c(static_cast<std::size_t>(s.m * c_stride), untouched);
    for (std::int64_t i = 0; i < s.m; ++i)
      for (std::int64_t j = 0; j < s.n; ++j) c[static_cast<std::size_t>(i * c_stride + j)] = convert<R>(std::nan(""));
    implementation.run(problem, a.data(), b.data(), c.data());
    for (std::int64_t i = 0; i < s.m; ++i)
      for (std::int64_t j = 0; j < c_stride; ++j) {
        const double actual = convert<double>(c[static_cast<std::size_t>(i * c_stride + j)]);
        if (j >= s.n) {
          EXPECT_EQ(actual, convert<double>(untouched)) << "wrote beyond row " << i;
          continue;
        }
        const auto at = static_cast<std::size_t>(i * s.n + j);
        EXPECT_LE(std::abs(actual - sums[at]), bounds[at]) << i << ", " << j;
        if (::testing::Test::HasFailure()) return count;
      }
  }
  return count;
}

TEST(Gemm, EveryImplementationEqualsTheDefinition) {
  const int all = static_cast<int>(kernels::gemm_implementations().size());
  Rng rng(21);
  for (const Sizes& s : sizes)
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true}) {
        SCOPED_TRACE(::testing::Message() << s.m << " x " << s.n << " x " << s.k << (transpose_a ? " a^T" : "")
                                          << (transpose_b ? " b^T" : ""));
        for (const std::int64_t extra : {0, 3}) {
          const int least =
              extra == 0 ? all : 1;  // oneDNN takes rows apart from each other only where there are several
          EXPECT_GE((check_product<float, float>(s, transpose_a, transpose_b, extra, rng)), least);
          EXPECT_GE((check_product<double, double>(s, transpose_a, transpose_b, extra, rng)), 1);
          EXPECT_GE((check_product<bfloat16, bfloat16>(s, transpose_a, transpose_b, extra, rng)), 1);
          EXPECT_GE((check_product<bfloat16, float>(s, transpose_a, transpose_b, extra, rng)), 1);
          if (HasFailure()) return;
        }
      }
}

template <class T, class R>
void expect_same_bits(const Sizes& s, Rng& rng) {
  const auto a = normal<T>(s.m * s.k, rng), b = normal<T>(s.k * s.n, rng);
  std::vector<R> first;
  for (const int count : {1, 2, 3, 8}) {
    const Threads guard(count);
    std::vector<R> c(static_cast<std::size_t>(s.m * s.n));
    kernels::gemm<T, R>(s.m, s.n, s.k, {a.data(), s.k}, {b.data(), s.n}, c.data(), s.n);
    if (first.empty()) first = c;
    EXPECT_EQ(std::memcmp(first.data(), c.data(), c.size() * sizeof(R)), 0) << count << " threads";
  }
}

TEST(Gemm, NativeGivesTheSameBitsForAnyThreadCount) {
  const ForcedBackend native(Backend::native);
  Rng rng(22);
  for (const Sizes& s : {Sizes{64, 16, 12544}, Sizes{257, 300, 515}, Sizes{2000, 16, 64}}) {
    expect_same_bits<float, float>(s, rng);
    expect_same_bits<bfloat16, bfloat16>(s, rng);
    expect_same_bits<bfloat16, float>(s, rng);
  }
}

}  // namespace
}  // namespace wisp::testing
