// gemm against the definition: every transposition, row strides beyond the row, odd and empty sizes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <tests/threads.h>
#include <wisp/core/rng.h>
#include <wisp/kernels/gemm.h>

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
  std::vector<T> values(static_cast<std::size_t>(count));
  rng.normal(values);
  return values;
}

template <class T>
void check_product(const Sizes& s, bool transpose_a, bool transpose_b, Rng& rng) {
  constexpr std::int64_t extra = 3;  // elements between rows that do not belong to the matrix
  const std::int64_t a_stride = (transpose_a ? s.m : s.k) + extra, b_stride = (transpose_b ? s.k : s.n) + extra;
  const std::int64_t c_stride = s.n + extra;
  const auto a = normal<T>((transpose_a ? s.k : s.m) * a_stride, rng),
             b = normal<T>((transpose_b ? s.n : s.k) * b_stride, rng);
  const T untouched = T(12345);
  std::vector<T> c(static_cast<std::size_t>(s.m * c_stride), untouched);
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < s.n; ++j)
      c[static_cast<std::size_t>(i * c_stride + j)] = std::numeric_limits<T>::quiet_NaN();
  kernels::gemm<T>(s.m, s.n, s.k, {a.data(), a_stride, transpose_a}, {b.data(), b_stride, transpose_b}, c.data(),
                   c_stride);
  const double u = std::numeric_limits<T>::epsilon() / 2;
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < c_stride; ++j) {
      const T actual = c[static_cast<std::size_t>(i * c_stride + j)];
      if (j >= s.n) {
        ASSERT_EQ(actual, untouched) << "wrote beyond row " << i;
        continue;
      }
      double sum = 0, magnitude = 0;
      for (std::int64_t l = 0; l < s.k; ++l) {
        const double product =
            static_cast<double>(a[static_cast<std::size_t>(transpose_a ? l * a_stride + i : i * a_stride + l)]) *
            b[static_cast<std::size_t>(transpose_b ? j * b_stride + l : l * b_stride + j)];
        sum += product;
        magnitude += std::abs(product);
      }
      ASSERT_LE(std::abs(static_cast<double>(actual) - sum), static_cast<double>(s.k + 2) * u * magnitude)
          << i << ", " << j;
    }
}

TEST(Gemm, EqualsTheDefinition) {
  Rng rng(21);
  for (const Sizes& s : sizes)
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true}) {
        SCOPED_TRACE(::testing::Message() << s.m << " x " << s.n << " x " << s.k << (transpose_a ? " a^T" : "")
                                          << (transpose_b ? " b^T" : ""));
        check_product<float>(s, transpose_a, transpose_b, rng);
        check_product<double>(s, transpose_a, transpose_b, rng);
        if (HasFatalFailure()) return;
      }
}

TEST(Gemm, SameBitsForAnyThreadCount) {
  Rng rng(22);
  for (const Sizes& s : {Sizes{64, 16, 12544}, Sizes{257, 300, 515}, Sizes{2000, 16, 64}}) {
    const auto a = normal<float>(s.m * s.k, rng), b = normal<float>(s.k * s.n, rng);
    std::vector<float> first;
    for (const int count : {1, 2, 3, 8}) {
      const Threads guard(count);
      std::vector<float> c(static_cast<std::size_t>(s.m * s.n));
      kernels::gemm<float>(s.m, s.n, s.k, {a.data(), s.k}, {b.data(), s.n}, c.data(), s.n);
      if (first.empty()) first = c;
      EXPECT_EQ(std::memcmp(first.data(), c.data(), c.size() * sizeof(float)), 0) << count << " threads";
    }
  }
}

}  // namespace
}  // namespace wisp::testing
