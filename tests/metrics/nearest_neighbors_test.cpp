#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <tests/message_of.h>
#include <tests/metrics/random_features.h>
#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/metrics/nearest_neighbors.h>

namespace wisp::metrics {
namespace {

using testing::message_of;
using testing::random_features;

// The k-th smallest distance from each row, by sorting them all.
std::vector<float> by_sorting(const Tensor& queries, const Tensor& references, int k, bool among_itself) {
  const std::int64_t width = queries.dim(1);
  std::vector<float> result;
  for (std::int64_t i = 0; i < queries.dim(0); ++i) {
    std::vector<double> distances;
    for (std::int64_t j = 0; j < references.dim(0); ++j) {
      double square = 0;
      for (std::int64_t d = 0; d < width; ++d)
        square += std::pow(
            static_cast<double>(queries.data<float>()[i * width + d]) - references.data<float>()[j * width + d], 2);
      if (!among_itself || i != j) distances.push_back(std::sqrt(square));
    }
    std::sort(distances.begin(), distances.end());
    result.push_back(static_cast<float>(distances[k - 1]));
  }
  return result;
}

void expect_close(const std::vector<float>& given, const std::vector<float>& expected) {
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) EXPECT_FLOAT_EQ(given[i], expected[i]) << i;
}

// Far from 0 and close together: |a|^2 + |b|^2 - 2 a.b in f32 has no right digit here.
Tensor far_away(std::int64_t count, std::int64_t width, std::uint64_t seed) {
  std::vector<float> values = random_features(count, width, seed).values<float>();
  for (float& value : values) value = 1000 + value / 100;
  return Tensor::from({count, width}, values);
}

TEST(NearestDistances, AreThoseOfSorting) {
  const Tensor queries = random_features(37, 5, 1), references = random_features(23, 5, 2);
  expect_close(nearest_distances(queries, references), by_sorting(queries, references, 1, false));
}

TEST(NearestDistances, AcrossBlocks) {
  const Tensor queries = random_features(300, 20, 3), references = random_features(2100, 20, 4);
  expect_close(nearest_distances(queries, references), by_sorting(queries, references, 1, false));
  EXPECT_EQ(nearest_distances(queries, testing::shuffled(references)), nearest_distances(queries, references));
}

TEST(NearestDistances, WhereTheProductsCancel) {
  const Tensor queries = far_away(40, 30, 5), references = far_away(1100, 30, 6);
  expect_close(nearest_distances(queries, references), by_sorting(queries, references, 1, false));
}

TEST(NearestDistances, ToACopyIsZero) {
  for (const Tensor& references : {random_features(1500, 50, 7), far_away(1500, 50, 8)}) {
    const Tensor queries = testing::rows_of(references, {1499, 0, 511, 512, 1023});
    EXPECT_EQ(nearest_distances(queries, references), std::vector<float>(5, 0.0f));
  }
}

TEST(NearestNeighbors, AreTheRowsOfTheDistances) {
  const std::vector<std::int64_t> rows{1499, 0, 511, 512, 1023};
  const Tensor references = random_features(1500, 50, 7);
  const auto copies = nearest_neighbors(testing::rows_of(references, rows), references);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(copies[i].row, rows[i]);
  const Tensor queries = random_features(30, 50, 9);
  const std::vector<float> distances = nearest_distances(queries, references);
  const auto neighbors = nearest_neighbors(queries, references);
  for (std::size_t i = 0; i < neighbors.size(); ++i) {
    EXPECT_EQ(neighbors[i].distance, distances[i]);
    const Tensor alone = testing::rows_of(references, {neighbors[i].row});
    EXPECT_EQ(nearest_distances(queries, alone)[i], distances[i]);
  }
}

TEST(NearestNeighbors, OfEqualOnesTheFirst) {
  const auto neighbors =
      nearest_neighbors(Tensor::zeros({1, 2}), Tensor::from({4, 2}, {3.f, 4.f, 0.f, 1.f, 1.f, 0.f, 0.f, 1.f}));
  EXPECT_EQ(neighbors[0].row, 1);
  EXPECT_EQ(neighbors[0].distance, 1);
}

TEST(NearestDistances, OfTinyNumbers) {
  std::vector<float> values = random_features(30, 6, 9).values<float>();
  for (float& value : values) value *= 1e-22f;
  const Tensor references = Tensor::from({30, 6}, values), queries = Tensor::zeros({2, 6});
  expect_close(nearest_distances(queries, references), by_sorting(queries, references, 1, false));
}

TEST(KthNearestDistances, AreThoseOfSorting) {
  const Tensor points = random_features(37, 5, 10);
  for (const int k : {1, 2, 5, 36}) expect_close(kth_nearest_distances(points, k), by_sorting(points, points, k, true));
}

TEST(KthNearestDistances, AcrossBlocksAndWhereTheProductsCancel) {
  for (const Tensor& points : {random_features(1100, 8, 11), far_away(1100, 8, 12)})
    for (const int k : {1, 5}) expect_close(kth_nearest_distances(points, k), by_sorting(points, points, k, true));
}

TEST(KthNearestDistances, ARowIsNoNeighbourOfItsOwnButItsCopyIs) {
  EXPECT_EQ(kth_nearest_distances(Tensor::from({3, 1}, {0.f, 0.f, 3.f}), 1), (std::vector<float>{0, 0, 3}));
  EXPECT_EQ(kth_nearest_distances(Tensor::from({3, 1}, {0.f, 0.f, 3.f}), 2), (std::vector<float>{3, 3, 3}));
  EXPECT_EQ(kth_nearest_distances(Tensor::full({50, 7}, 0.1), 5), std::vector<float>(50, 0.0f));
}

TEST(NearestNeighbors, DoNotDependOnTheThreads) {
  const Tensor x = random_features(1100, 30, 13), y = random_features(1200, 30, 14);
  const auto measure = [&](int threads) {
    const testing::Threads guard(threads);
    return std::pair(nearest_distances(x, y), kth_nearest_distances(x, 3));
  };
  const auto one = measure(1);
  EXPECT_EQ(measure(2), one);
  EXPECT_EQ(measure(5), one);
}

TEST(NearestNeighbors, SayWhatIsWrong) {
  const Tensor x = Tensor::zeros({4, 3});
  EXPECT_EQ(message_of([&] { nearest_distances(x, Tensor::zeros({4})); }),
            "nearest_distances: rows must be f32 of shape (N, D), given f32 4");
  EXPECT_EQ(message_of([&] {
              nearest_distances(x.alias({12, 1}), Tensor::zeros({4, 1}, DType::f64));
            }),
            "nearest_distances: rows must be f32 of shape (N, D), given f64 4x1");
  EXPECT_EQ(message_of([&] {
              nearest_distances(x, Tensor::zeros({0, 3}));
            }),
            "nearest_distances: at least 1 rows are needed, given 0");
  EXPECT_EQ(message_of([&] {
              nearest_distances(x, Tensor::zeros({4, 2}));
            }),
            "nearest_distances: both sets must have rows of one width, given 3 and 2");
  EXPECT_EQ(message_of([&] {
              nearest_distances(x, Tensor::full({4, 3}, std::numeric_limits<double>::infinity()));
            }),
            "nearest_distances: all numbers must be finite, given inf");
  EXPECT_EQ(message_of([&] {
              nearest_distances(x, Tensor::full({1, 3}, 1e20));
            }).substr(0, 61),
            "nearest_distances: the norm of a row must be below 1e18, give");
  EXPECT_EQ(message_of([&] {
              kth_nearest_distances(Tensor::zeros({1, 3}), 1);
            }),
            "kth_nearest_distances: at least 2 rows are needed, given 1");
  EXPECT_EQ(message_of([&] { kth_nearest_distances(x, 0); }), "kth_nearest_distances: k must be from 1 to 3, given 0");
  EXPECT_EQ(message_of([&] { kth_nearest_distances(x, 4); }), "kth_nearest_distances: k must be from 1 to 3, given 4");
}

}  // namespace
}  // namespace wisp::metrics
