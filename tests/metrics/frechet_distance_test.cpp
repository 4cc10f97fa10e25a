#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <tests/message_of.h>
#include <tests/metrics/random_features.h>
#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/metrics/frechet_distance.h>

namespace wisp::metrics {
namespace {

using testing::message_of;
using testing::random_features;

Tensor diagonal(const std::vector<double>& values) {
  const auto size = static_cast<std::int64_t>(values.size());
  std::vector<double> matrix(values.size() * values.size());
  for (std::size_t i = 0; i < values.size(); ++i) matrix[i * values.size() + i] = values[i];
  return Tensor::from({size, size}, matrix);
}

double trace(const Tensor& matrix) {
  double total = 0;
  for (std::int64_t i = 0; i < matrix.dim(0); ++i) total += matrix.data<double>()[i * (matrix.dim(0) + 1)];
  return total;
}

// [[a, b], [b, d]]: the root has trace sqrt(trace + 2 sqrt(determinant)).
Gaussian plane(double x, double y, double a, double b, double d) {
  return {Tensor::from({2}, {x, y}), Tensor::from({2, 2}, {a, b, b, d})};
}

// tr (C1 C2)^1/2 of 2 x 2 matrices by the formula above, C1 C2 having the eigenvalues of C1^1/2 C2 C1^1/2.
double plane_distance(const Gaussian& p, const Gaussian& q) {
  const auto c = p.covariance.values<double>(), e = q.covariance.values<double>();
  const auto m = p.mean.values<double>(), n = q.mean.values<double>();
  const double product_trace = c[0] * e[0] + 2 * c[1] * e[1] + c[3] * e[3];
  const double determinant = (c[0] * c[3] - c[1] * c[1]) * (e[0] * e[3] - e[1] * e[1]);
  return std::pow(m[0] - n[0], 2) + std::pow(m[1] - n[1], 2) + c[0] + c[3] + e[0] + e[3] -
         2 * std::sqrt(product_trace + 2 * std::sqrt(determinant));
}

TEST(FitGaussian, MeanAndUnbiasedCovariance) {
  const Gaussian fit = fit_gaussian(Tensor::from({3, 2}, {1.f, 0.f, 2.f, 4.f, 6.f, 2.f}));
  EXPECT_EQ(fit.mean.values<double>(), (std::vector<double>{3, 2}));
  EXPECT_EQ(fit.covariance.values<double>(), (std::vector<double>{7, 1, 1, 4}));
}

TEST(FitGaussian, EveryColumnOfWideFeaturesByTheDefinition) {
  const std::int64_t count = 20, width = 70;
  const Tensor features = random_features(count, width, 1);
  const Gaussian fit = fit_gaussian(features);
  const auto x = features.values<float>();
  const auto at = [&](std::int64_t row, std::int64_t column) -> double { return x[row * width + column]; };
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      double products = 0, sum_i = 0, sum_j = 0;
      for (std::int64_t row = 0; row < count; ++row) {
        products += at(row, i) * at(row, j);
        sum_i += at(row, i);
        sum_j += at(row, j);
      }
      EXPECT_NEAR(fit.covariance.data<double>()[i * width + j], (products - sum_i * sum_j / count) / (count - 1),
                  1e-12);
      EXPECT_EQ(fit.covariance.data<double>()[i * width + j], fit.covariance.data<double>()[j * width + i]);
    }
}

TEST(FrechetDistance, OfDiagonalCovariancesIsThatOfTheDeviations) {
  const Gaussian a{Tensor::from({3}, {1.0, 2.0, 3.0}), diagonal({4, 9, 1})};
  const Gaussian b{Tensor::from({3}, {1.0, 0.0, 6.0}), diagonal({1, 25, 16})};
  EXPECT_NEAR(frechet_distance(a, b), 4 + 9 + 1 + 4 + 9, 1e-12);
}

TEST(FrechetDistance, OfTurnedCovariances) {
  const Gaussian a = plane(0, 1, 3, 1, 2), b = plane(2, -1, 1, -0.5, 4);
  EXPECT_NEAR(frechet_distance(a, b), plane_distance(a, b), 1e-12);
  EXPECT_NEAR(frechet_distance(b, a), plane_distance(a, b), 1e-12);
}

TEST(FrechetDistance, OfScaledFeatures) {  // C2 = 16 C1 commutes with C1: tr (C1 + 16 C1 - 8 C1) = 9 tr C1
  const Tensor features = random_features(200, 40, 2);
  std::vector<float> scaled = features.values<float>();
  for (float& value : scaled) value *= 4;
  const Gaussian a = fit_gaussian(features), b = fit_gaussian(Tensor::from(features.shape(), scaled));
  double means = 0;
  for (const double mean : a.mean.values<double>()) means += 9 * mean * mean;
  EXPECT_NEAR(frechet_distance(a, b), means + 9 * trace(a.covariance), 1e-9);
}

TEST(FrechetDistance, OfASetToItselfIsZero) {
  for (const std::int64_t count : {10, 500}) {  // 10 rows of 128: singular
    const Tensor features = random_features(count, 128, 3);
    const Gaussian fit = fit_gaussian(features), again = fit_gaussian(testing::shuffled(features));
    EXPECT_LE(frechet_distance(fit, fit), 1e-11 * trace(fit.covariance)) << count;
    EXPECT_LE(frechet_distance(fit, again), 1e-9 * trace(fit.covariance)) << count;
    EXPECT_GE(frechet_distance(fit, fit), 0);
  }
}

TEST(FrechetDistance, OfSingularCovariances) {
  const Gaussian constant = fit_gaussian(Tensor::full({4, 3}, 0.1));
  EXPECT_EQ(trace(constant.covariance), 0);
  EXPECT_EQ(frechet_distance(constant, constant), 0);
  const Gaussian spread{Tensor::full({3}, 0.0, DType::f64), diagonal({1, 2, 3})};
  const double mean = static_cast<double>(0.1f);
  EXPECT_NEAR(frechet_distance(constant, spread), 3 * mean * mean + 6, 1e-12);
  EXPECT_NEAR(frechet_distance(spread, constant), 3 * mean * mean + 6, 1e-12);

  // a a^T against the identity: |a|^2 + D - 2 |a|.
  const std::int64_t width = 64;
  std::vector<double> outer(width * width);
  double square = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    square += std::pow(std::sin(i), 2);
    for (std::int64_t j = 0; j < width; ++j) outer[i * width + j] = std::sin(i) * std::sin(j);
  }
  const Tensor zero = Tensor::zeros({width}, DType::f64);
  const Gaussian line{zero, Tensor::from({width, width}, outer)}, ball{zero, diagonal(std::vector<double>(width, 1))};
  EXPECT_NEAR(frechet_distance(line, ball), square + width - 2 * std::sqrt(square), 1e-11);
}

TEST(FrechetDistance, DoesNotDependOnTheThreads) {
  const Tensor x = random_features(300, 100, 4), y = random_features(300, 100, 5);
  const auto measure = [&](int threads) {
    const testing::Threads guard(threads);
    return frechet_distance(fit_gaussian(x), fit_gaussian(y));
  };
  const double one = measure(1);
  EXPECT_EQ(measure(2), one);
  EXPECT_EQ(measure(5), one);
}

TEST(FrechetDistance, SaysWhatIsWrong) {
  EXPECT_EQ(message_of([] {
              fit_gaussian(Tensor::zeros({4, 3}, DType::f64));
            }),
            "fit_gaussian: rows must be f32 of shape (N, D), given f64 4x3");
  EXPECT_EQ(message_of([] { fit_gaussian(Tensor::zeros({4})); }),
            "fit_gaussian: rows must be f32 of shape (N, D), given f32 4");
  EXPECT_EQ(message_of([] {
              fit_gaussian(Tensor::zeros({4, 0}));
            }),
            "fit_gaussian: rows must be f32 of shape (N, D), given f32 4x0");
  EXPECT_EQ(message_of([] {
              fit_gaussian(Tensor::zeros({1, 3}));
            }),
            "fit_gaussian: at least 2 rows are needed, given 1");
  EXPECT_EQ(message_of([] {
              fit_gaussian(Tensor::full({2, 3}, -std::numeric_limits<double>::infinity()));
            }),
            "fit_gaussian: all numbers must be finite, given -inf");
  const Gaussian a = plane(0, 0, 1, 0, 1);
  EXPECT_EQ(message_of([&] {
              frechet_distance(a, {Tensor::zeros({2}), a.covariance});
            }),
            "frechet_distance: a mean must be f64 (D), given f32 2");
  EXPECT_EQ(message_of([&] {
              frechet_distance({Tensor::zeros({3}, DType::f64), a.covariance}, a);
            }),
            "frechet_distance: the covariance to a mean of 3 must be f64 3x3, given f64 2x2");
  EXPECT_EQ(message_of([&] {
              frechet_distance({a.mean, Tensor::zeros({2, 2})}, a);
            }),
            "frechet_distance: the covariance to a mean of 2 must be f64 2x2, given f32 2x2");
  EXPECT_EQ(message_of([&] {
              frechet_distance(a, {Tensor::zeros({1}, DType::f64), diagonal({1})});
            }),
            "frechet_distance: both must have one width, given 2 and 1");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(message_of([&] { frechet_distance(a, plane(0, infinity, 1, 0, 1)); }),
            "frechet_distance: all numbers must be finite, given inf");
  EXPECT_EQ(message_of([&] { frechet_distance(plane(0, 0, infinity, 0, 1), a); }),
            "frechet_distance: all numbers must be finite, given inf");
}

}  // namespace
}  // namespace wisp::metrics
