// The reduction kernel: every layout against a plain loop, one result on all threads, the same bits for any number.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <omp.h>

#include <tests/threads.h>
#include <wisp/core/rng.h>
#include <wisp/kernels/reduce.h>
#include <wisp/kernels/vector_norm.h>

namespace wisp::testing {
namespace {

constexpr auto add = [](double a, double b) { return a + b; };
constexpr auto same = [](double sum) { return sum; };

// The sums over the dimensions of a row-major box that `mask` names.
struct Case {
  kernels::Reduction reduction;
  std::vector<double> expected;
  std::int64_t numel = 1;
};

Case make_case(const std::vector<std::int64_t>& extents, unsigned mask, const std::vector<double>& x) {
  const Shape shape(extents);
  const Strides step = row_major_strides(shape);
  std::vector<std::int64_t> kept, reduced;
  Case c;
  for (std::size_t i = 0; i < extents.size(); ++i)
    if ((mask >> i & 1) != 0) {
      c.reduction.reduced_x[reduced.size()] = step[i];
      reduced.push_back(extents[i]);
    } else {
      c.reduction.kept_x[kept.size()] = step[i];
      kept.push_back(extents[i]);
    }
  c.reduction.kept = Shape(kept);
  c.reduction.reduced = Shape(reduced);
  c.reduction.kept_y = row_major_strides(c.reduction.kept);
  c.numel = shape.numel();
  std::vector<long double> sums(static_cast<std::size_t>(c.reduction.kept.numel()));
  for (std::int64_t at = 0; at < c.numel; ++at) {
    std::int64_t result = 0;
    for (std::size_t i = 0; i < extents.size(); ++i)
      if ((mask >> i & 1) == 0) result = result * extents[i] + at / step[i] % extents[i];
    sums[static_cast<std::size_t>(result)] += x[static_cast<std::size_t>(at)];
  }
  c.expected.assign(sums.begin(), sums.end());
  return c;
}

std::vector<double> numbers(std::int64_t count) {
  Rng rng(5);
  std::vector<double> x(static_cast<std::size_t>(count));
  rng.normal(std::span(x), 1.0, 1.0);
  return x;
}

// Few results and many parts, many and few, runs that are cut into leaves and chunks, and none of these.
TEST(Reduce, IsThePlainSumForEveryLayoutAndNumberOfThreads) {
  const std::vector<std::vector<std::int64_t>> boxes = {{70'001},      {300, 3, 170}, {5, 1'000, 33},
                                                        {3, 7, 5, 11}, {2, 259, 129}, {40'000, 3},
                                                        {300, 400},    {0, 3},        {4, 1, 9}};
  const std::vector<double> x = numbers(5 * 1'000 * 33);
  for (const auto& extents : boxes)
    for (unsigned mask = 0; mask < 1U << extents.size(); ++mask) {
      SCOPED_TRACE(::testing::Message() << Shape(extents).to_string() << " mask " << mask);
      const Case c = make_case(extents, mask, x);
      std::vector<double> first;
      for (const int threads : {1, 2, 3}) {
        const Threads guard(threads);
        std::vector<double> y(c.expected.size(), -1.0);
        kernels::reduce(c.reduction, x.data(), y.data(), 0.0, add, same);
        if (threads == 1) first = y;
        ASSERT_TRUE(y.empty() || std::memcmp(y.data(), first.data(), y.size() * sizeof(double)) == 0) << threads;
      }
      double worst = 0;
      for (std::size_t i = 0; i < first.size(); ++i)
        worst = std::max(worst, std::abs(first[i] - c.expected[i]) / (std::abs(c.expected[i]) + 1));
      EXPECT_LT(worst, 1e-13);
    }
}

TEST(Reduce, OneResultIsComputedByAllThreads) {
  const Threads guard(2);
  const std::vector<float> x(1 << 18, 1.0f);
  for (const std::int64_t results : {1, 3, 64}) {
    std::atomic<unsigned> seen = 0;
    std::vector<float> y(static_cast<std::size_t>(results));
    const std::int64_t rows = static_cast<std::int64_t>(x.size()) / results;
    kernels::reduce({Shape{results}, {1}, {1}, Shape{rows}, {results}}, x.data(), y.data(), 0.0, add, same,
                    [&](float v) {
                      seen |= 1U << omp_get_thread_num();
                      return static_cast<double>(v);
                    });
    EXPECT_EQ(seen.load(), 3U) << results << " results";
    EXPECT_EQ(y.back(), static_cast<float>(rows));
  }
}

// Something else than a sum, its neutral element being infinite.
TEST(Reduce, TakesTheLargest) {
  const std::vector<double> x = numbers(100'000);
  double largest = 0;
  kernels::reduce(
      {Shape{}, {}, {}, Shape{100'000}, {1}}, x.data(), &largest, -std::numeric_limits<double>::infinity(),
      [](double a, double b) { return a > b ? a : b; }, same);
  EXPECT_EQ(largest, *std::max_element(x.begin(), x.end()));
}

TEST(VectorNorm, NeitherOverflowsNorUnderflowsOnTheWay) {
  const auto norm = [](std::vector<double> x) {
    return kernels::vector_norm(static_cast<std::int64_t>(x.size()), x.data());
  };
  for (const double scale : {1.0, 1e200, 1e-200, 1e307, 1e-300})
    EXPECT_NEAR(norm({3 * scale, 0, -4 * scale}) / scale, 5.0, 1e-15) << scale;
  EXPECT_EQ(norm({5e-324, 0}), 5e-324);
  EXPECT_EQ(norm({}), 0.0);
  EXPECT_EQ(norm({0, -0.0}), 0.0);
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(norm({1, -infinity}), infinity);
  EXPECT_TRUE(std::isnan(norm({nan, infinity, 1})));
  EXPECT_TRUE(std::isnan(norm({1e200, nan})));
}

}  // namespace
}  // namespace wisp::testing
