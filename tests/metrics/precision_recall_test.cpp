#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tests/message_of.h>
#include <tests/metrics/random_features.h>
#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/metrics/precision_recall.h>

namespace wisp::metrics {
namespace {

using testing::message_of;
using testing::random_features;

double distance(const Tensor& a, std::int64_t i, const Tensor& b, std::int64_t j) {
  double square = 0;
  for (std::int64_t d = 0; d < a.dim(1); ++d)
    square += std::pow(static_cast<double>(a.data<float>()[i * a.dim(1) + d]) - b.data<float>()[j * a.dim(1) + d], 2);
  return std::sqrt(square);
}

double radius(const Tensor& rows, std::int64_t i, int k) {
  std::vector<double> distances;
  for (std::int64_t j = 0; j < rows.dim(0); ++j)
    if (j != i) distances.push_back(distance(rows, i, rows, j));
  std::sort(distances.begin(), distances.end());
  return distances[k - 1];
}

// The definitions, pair by pair.
PrecisionRecall by_definition(const Tensor& real, const Tensor& generated, int k) {
  const std::int64_t count = real.dim(0);
  std::vector<int> precise(count), recalled(count), covered(count);
  double in_balls = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double real_radius = radius(real, i, k), generated_radius = radius(generated, i, k);
    for (std::int64_t j = 0; j < count; ++j) {
      if (distance(real, i, generated, j) <= real_radius) precise[j] = covered[i] = 1, ++in_balls;
      if (distance(generated, i, real, j) <= generated_radius) recalled[j] = 1;
    }
  }
  const auto share = [&](const std::vector<int>& flags) {
    return std::accumulate(flags.begin(), flags.end(), 0.0) / static_cast<double>(count);
  };
  return {share(precise), share(recalled), in_balls / k / static_cast<double>(count), share(covered)};
}

void expect_equal(const PrecisionRecall& given, const PrecisionRecall& expected) {
  EXPECT_DOUBLE_EQ(given.precision, expected.precision);
  EXPECT_DOUBLE_EQ(given.recall, expected.recall);
  EXPECT_DOUBLE_EQ(given.density, expected.density);
  EXPECT_DOUBLE_EQ(given.coverage, expected.coverage);
}

// factor x + shift
Tensor moved(const Tensor& features, float factor, float shift) {
  std::vector<float> values = features.values<float>();
  for (float& value : values) value = value * factor + shift;
  return Tensor::from(features.shape(), values);
}

TEST(PrecisionRecall, IsThatOfTheDefinition) {
  const Tensor real = random_features(37, 5, 1);
  for (const int k : {1, 3, 5, 36})
    for (const float factor : {0.5f, 1.0f, 1.6f}) {
      const Tensor generated = moved(random_features(37, 5, 2), factor, 0.3f);
      expect_equal(precision_recall(real, generated, k), by_definition(real, generated, k));
    }
}

TEST(PrecisionRecall, AcrossBlocksAndFarAway) {  // at 300 the f32 products cancel
  const Tensor real = random_features(1100, 4, 3), generated = moved(random_features(1100, 4, 4), 0.7f, 0.2f);
  const PrecisionRecall expected = by_definition(real, generated, 5);
  EXPECT_GT(expected.precision, expected.recall);
  expect_equal(precision_recall(real, generated), expected);
  expect_equal(precision_recall(testing::shuffled(real), generated), expected);
  const Tensor far_real = moved(real, 1, 300), far_generated = moved(generated, 1, 300);
  expect_equal(precision_recall(far_real, far_generated), by_definition(far_real, far_generated, 5));
}

TEST(PrecisionRecall, OfCopiesIsAllOnes) {
  const Tensor real = random_features(60, 5, 5);
  const PrecisionRecall same = precision_recall(real, testing::shuffled(real), 3);
  EXPECT_EQ(same.precision, 1);
  EXPECT_EQ(same.recall, 1);
  EXPECT_DOUBLE_EQ(same.density, 4.0 / 3);  // a ball holds its centre and 3 more
  EXPECT_EQ(same.coverage, 1);
}

TEST(PrecisionRecall, OfSetsFarApartIsAllZeros) {
  const Tensor real = random_features(60, 5, 6);
  expect_equal(precision_recall(real, moved(real, 1, 100)), {0, 0, 0, 0});
}

TEST(PrecisionRecall, OfOneImageOverAndOver) {  // a collapsed generator: precise, and recalls that row alone
  const Tensor real = random_features(50, 5, 7);
  const PrecisionRecall collapsed = precision_recall(real, testing::rows_of(real, std::vector<std::int64_t>(50, 8)));
  EXPECT_EQ(collapsed.precision, 1);
  EXPECT_DOUBLE_EQ(collapsed.recall, 1.0 / 50);
  EXPECT_LT(collapsed.coverage, 0.6);
}

TEST(PrecisionRecall, OfOneCollapsedTruth) {  // the balls of generated rows reach it, its own hold only itself
  const Tensor generated = random_features(50, 5, 8);
  const Tensor real = testing::rows_of(generated, std::vector<std::int64_t>(50, 8));
  const PrecisionRecall collapsed = precision_recall(real, generated);
  EXPECT_DOUBLE_EQ(collapsed.precision, 1.0 / 50);
  EXPECT_EQ(collapsed.recall, 1);
  EXPECT_DOUBLE_EQ(collapsed.density, 1.0 / 5);
  EXPECT_EQ(collapsed.coverage, 1);
}

TEST(CoverageCeiling, IsWhatOneDistributionReaches) {
  EXPECT_EQ(coverage_ceiling(1), 0.5);
  EXPECT_EQ(coverage_ceiling(5), 0.96875);
  for (const int k : {1, 2, 5}) {
    const PrecisionRecall same = precision_recall(random_features(2000, 6, 9), random_features(2000, 6, 10), k);
    EXPECT_NEAR(same.coverage, coverage_ceiling(k), 0.04) << k;
    EXPECT_NEAR(same.density, 1, 0.06) << k;
  }
}

TEST(PrecisionRecall, DoesNotDependOnTheThreads) {
  const Tensor real = random_features(1100, 10, 11), generated = random_features(1100, 10, 12);
  const auto measure = [&](int threads) {
    const testing::Threads guard(threads);
    return precision_recall(real, generated);
  };
  const PrecisionRecall one = measure(1);
  expect_equal(measure(2), one);
  expect_equal(measure(5), one);
}

TEST(PrecisionRecall, SaysWhatIsWrong) {
  const Tensor x = Tensor::zeros({6, 3});
  EXPECT_EQ(message_of([&] {
              precision_recall(x, Tensor::zeros({6, 3}, DType::bf16));
            }),
            "precision_recall: rows must be f32 of shape (N, D), given bf16 6x3");
  EXPECT_EQ(message_of([&] { precision_recall(Tensor::zeros({6}), x); }),
            "precision_recall: rows must be f32 of shape (N, D), given f32 6");
  EXPECT_EQ(message_of([&] {
              precision_recall(x, Tensor::zeros({1, 3}));
            }),
            "precision_recall: at least 2 rows are needed, given 1");
  EXPECT_EQ(message_of([&] {
              precision_recall(x, Tensor::zeros({6, 2}));
            }),
            "precision_recall: both sets must have rows of one width, given 3 and 2");
  EXPECT_EQ(message_of([&] {
              precision_recall(x, Tensor::zeros({5, 3}));
            }),
            "precision_recall: as many generated rows as real ones expected, given 5 and 6");
  EXPECT_EQ(message_of([&] { precision_recall(x, x, 6); }), "precision_recall: k must be from 1 to 5, given 6");
  EXPECT_EQ(message_of([&] { precision_recall(x, x, 0); }), "precision_recall: k must be from 1 to 5, given 0");
  EXPECT_EQ(message_of([&] {
              precision_recall(Tensor::full({6, 3}, std::numeric_limits<double>::infinity()), x);
            }),
            "precision_recall: all numbers must be finite, given inf");
  EXPECT_EQ(message_of([] { coverage_ceiling(0); }), "coverage_ceiling: k must be at least 1, given 0");
}

}  // namespace
}  // namespace wisp::metrics
