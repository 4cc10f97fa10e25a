#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <tests/message_of.h>
#include <wisp/core/error.h>
#include <wisp/metrics/classifier_scores.h>

namespace wisp::metrics {
namespace {

using testing::message_of;
using Shares = std::vector<double>;

Tensor one_hot(const std::vector<int>& classes, int count) {
  std::vector<float> values(classes.size() * count);
  for (std::size_t i = 0; i < classes.size(); ++i) values[i * count + classes[i]] = 1;
  return Tensor::from({static_cast<std::int64_t>(classes.size()), count}, values);
}

TEST(InceptionScore, OfUniformPredictionsIsOne) { EXPECT_NEAR(inception_score(Tensor::full({7, 10}, 0.1)), 1, 1e-12); }

TEST(InceptionScore, OfCertainPredictionsIsTheNumberOfClasses) {
  EXPECT_NEAR(inception_score(one_hot({0, 1, 2, 3, 3, 2, 1, 0}, 4)), 4, 1e-12);
  EXPECT_NEAR(inception_score(one_hot({1, 1, 1}, 4)), 1, 1e-12);
}

TEST(InceptionScore, IsThatOfTheDefinition) {  // marginal (1/2, 1/2)
  const double divergence = 0.75 * std::log(0.75 / 0.5) + 0.25 * std::log(0.25 / 0.5);
  EXPECT_NEAR(inception_score(Tensor::from({2, 2}, {0.75f, 0.25f, 0.25f, 0.75f})), std::exp(divergence), 1e-12);
}

TEST(ClassHistogram, CountsTheMostProbable) {
  const Tensor probabilities = Tensor::from({4, 3}, {0.25f, 0.5f, 0.25f,  //
                                                     0.5f, 0.f, 0.5f,     // the first of two
                                                     1.f, 0.f, 0.f,       //
                                                     0.f, 0.75f, 0.25f});
  EXPECT_EQ(class_histogram(probabilities), (Shares{0.5, 0.5, 0}));
}

TEST(LabelAccuracy, CountsRowsWhoseMostProbableClassIsTheLabel) {
  const Tensor probabilities = one_hot({2, 0, 1, 1}, 3);
  const auto accuracy = [&](const std::vector<std::int64_t>& labels) {
    return label_accuracy(probabilities, Tensor::from({static_cast<std::int64_t>(labels.size())}, labels));
  };
  EXPECT_EQ(accuracy({2, 0, 1, 1}), 1);
  EXPECT_EQ(accuracy({2, 0, 0, 2}), 0.5);
  EXPECT_EQ(accuracy({0, 1, 2, 0}), 0);
  EXPECT_EQ(message_of([&] { accuracy({2, 0, 1, 3}); }), "label_accuracy: class 3 at position 3, valid are 0 to 2");
  EXPECT_EQ(message_of([&] { accuracy({2, 0, 1}); }), "label_accuracy: labels must be i64 4, given i64 3");
}

TEST(KlDivergence, OfFullHistogramsIsCloseToTheDefinition) {
  const double expected = 0.25 * std::log(0.25 / 0.5) + 0.75 * std::log(0.75 / 0.5);
  EXPECT_NEAR(kl_divergence({0.25, 0.75}, {0.5, 0.5}, 1e-12), expected, 1e-11);
  EXPECT_NEAR(kl_divergence({0.25, 0.75}, {0.5, 0.5}), expected, 1e-4);
}

TEST(KlDivergence, IsThatOfHalfAnImageMoreInEveryClass) {
  const auto smoothed = [](double count) { return (count + 0.5) / (10000 + 3 * 0.5); };
  double expected = 0;
  const double p[] = {1000, 0, 9000}, q[] = {0, 8000, 2000};
  for (int k = 0; k < 3; ++k) expected += smoothed(p[k]) * std::log(smoothed(p[k]) / smoothed(q[k]));
  EXPECT_NEAR(kl_divergence({0.1, 0, 0.9}, {0, 0.8, 0.2}), expected, 1e-12);
}

TEST(KlDivergence, IsZeroForEqualsAndFiniteForEmptyClasses) {
  EXPECT_EQ(kl_divergence({0.3, 0.7, 0}, {0.3, 0.7, 0}), 0);
  EXPECT_GT(kl_divergence({0, 1}, {1, 0}), 5);
  EXPECT_LT(kl_divergence({0, 1}, {1, 0}), 20);
}

TEST(ConfidentShare, CountsFromTheThresholdOn) {
  const Tensor probabilities = Tensor::from({4, 2}, {0.95f, 0.05f, 0.5f, 0.5f, 0.01f, 0.99f, 0.94f, 0.06f});
  EXPECT_EQ(confident_share(probabilities), 0.5);
  EXPECT_EQ(confident_share(probabilities, 0.96), 0.25);
  EXPECT_EQ(confident_share(probabilities, 0), 1);
}

TEST(ClassifierScores, SayWhatIsWrong) {
  const auto scores = {+[](const Tensor& x) { inception_score(x); }, +[](const Tensor& x) { class_histogram(x); },
                       +[](const Tensor& x) { confident_share(x); }};
  const char* names[] = {"inception_score", "class_histogram", "confident_share"};
  const char** name = names;
  for (const auto score : scores) {
    const std::string op = *name++;
    EXPECT_EQ(message_of([&] { score(Tensor::zeros({3})); }), op + ": rows must be f32 of shape (N, D), given f32 3");
    EXPECT_EQ(message_of([&] { score(Tensor::zeros({0, 3})); }), op + ": at least 1 rows are needed, given 0");
    EXPECT_EQ(message_of([&] {
                score(Tensor::full({1, 2}, std::numeric_limits<double>::infinity()));
              }),
              op + ": all numbers must be finite, given inf");
    EXPECT_EQ(message_of([&] {
                score(Tensor::from({2, 2}, {0.5f, 0.5f, 1.5f, -0.5f}));
              }),
              op + ": a row must be probabilities, given row 1 from -0.5 to 1.5 with sum 1");
    EXPECT_EQ(message_of([&] {
                score(Tensor::full({1, 3}, 0.5));
              }),
              op + ": a row must be probabilities, given row 0 from 0.5 to 0.5 with sum 1.5");
  }
  EXPECT_EQ(message_of([] {
              confident_share(Tensor::ones({1, 1}), 1.5);
            }),
            "confident_share: threshold must be in [0, 1], given 1.5");
  EXPECT_EQ(message_of([] {
              kl_divergence({1}, {0.5, 0.5});
            }),
            "kl_divergence: histograms of the same classes expected, given 1 and 2");
  EXPECT_EQ(message_of([] { kl_divergence({}, {}); }),
            "kl_divergence: histograms of the same classes expected, given 0 and 0");
  EXPECT_EQ(message_of([] { kl_divergence({1}, {1}, 0); }), "kl_divergence: smoothing must be above 0, given 0");
  EXPECT_EQ(message_of([] { kl_divergence({1, 0}, {2, -1}); }), "kl_divergence: a share must be 0 or more, given -1");
}

// Images of one class: the mean of n ones is 1, and the score too.
TEST(InceptionScore, OfOneClassIsOne) {
  for (const std::int64_t n : {1, 3, 49, 98, 103}) {
    std::vector<float> rows;
    for (std::int64_t i = 0; i < n; ++i) rows.insert(rows.end(), {0.0f, 1.0f});
    EXPECT_EQ(inception_score(Tensor::from({n, 2}, rows)), 1.0) << n;
  }
}

}  // namespace
}  // namespace wisp::metrics
