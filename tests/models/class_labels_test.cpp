// Class labels in a DCGAN, against loops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <models/class_labels.h>
#include <models/dcgan.h>
#include <tests/message_of.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/reduction.h>

namespace wisp::models {
namespace {

using ::testing::ElementsAre;
using testing::message_of;

Tensor labels_of(const std::vector<std::int64_t>& labels) {
  return Tensor::from({static_cast<std::int64_t>(labels.size())}, labels);
}

TEST(ClassLabels, AreBehindTheNoise) {
  Rng rng(1);
  const Tensor noise = Tensor::randn({3, 2, 1, 1}, rng), input = with_labels(noise, labels_of({3, 0, 1}), 4);
  ASSERT_EQ(input.shape(), (Shape{3, 6, 1, 1}));
  const std::vector<float> z = noise.values<float>();
  EXPECT_THAT(input.values<float>(), ElementsAre(z[0], z[1], 0, 0, 0, 1,  //
                                                 z[2], z[3], 1, 0, 0, 0,  //
                                                 z[4], z[5], 0, 1, 0, 0));
}

TEST(ClassLabels, ChooseTheLogitAndItsGradient) {
  const Tensor outputs = Tensor::from({2, 3, 1, 1}, {1.f, 2.f, 3.f, 4.f, 5.f, 6.f}).set_requires_grad(true);
  const Tensor logits = logits_of_labels(outputs, labels_of({2, 0}));
  EXPECT_EQ(logits.shape(), (Shape{2, 1, 1, 1}));
  EXPECT_THAT(logits.values<float>(), ElementsAre(3, 4));
  sum(logits).backward();
  EXPECT_THAT(outputs.grad().values<float>(), ElementsAre(0, 0, 1, 1, 0, 0));
}

// Another class's logit takes no part, be it infinite; nor does its gradient.
TEST(ClassLabels, OtherClassesTakeNoPart) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor outputs =
      Tensor::from({2, 3, 1, 1}, {-infinity, 2.f, nan, infinity, -infinity, 7.f}).set_requires_grad(true);
  const Tensor logits = logits_of_labels(outputs, labels_of({1, 2}));
  EXPECT_THAT(logits.values<float>(), ElementsAre(2, 7));
  sum(logits).backward();
  EXPECT_THAT(outputs.grad().values<float>(), ElementsAre(0, 1, 0, 0, 0, 1));
}

TEST(ClassLabels, AreNotLookedAtWhereThereIsOneLogit) {
  const Tensor outputs = Tensor::from({2, 1, 1, 1}, {1.f, 2.f});
  for (const Tensor& labels : {Tensor(), labels_of({7, 8})})
    EXPECT_THAT(logits_of_labels(outputs, labels).values<float>(), ElementsAre(1, 2));
}

TEST(ClassLabels, InTurn) {
  EXPECT_THAT(classes_in_turn(5, 3).values<std::int64_t>(), ElementsAre(0, 1, 2, 0, 1));
  EXPECT_THAT(classes_in_turn(4, 3, 64).values<std::int64_t>(), ElementsAre(1, 2, 0, 1));
}

TEST(ClassLabels, MustBeOnePerImageAndInRange) {
  const Tensor noise = Tensor::zeros({2, 5, 1, 1}), outputs = Tensor::zeros({2, 3, 1, 1});
  EXPECT_EQ(message_of([&] { with_labels(noise, labels_of({1}), 3); }),
            "with_labels: 2 labels are expected, one per image, given 1");
  EXPECT_EQ(message_of([&] { logits_of_labels(outputs, {}); }),
            "logits_of_labels: 2 labels are expected, one per image, given none");
  EXPECT_EQ(message_of([&] {
              logits_of_labels(outputs, labels_of({0, 3}));
            }),
            "logits_of_labels: class 3 at position 1, valid are 0 to 2");
}

// The label changes the image, and every class has a logit of its own.
TEST(ClassLabels, ReachBothNetworks) {
  Rng rng(2);
  const DcganOptions options{.latent = 5, .base_channels = 4, .classes = 3};
  nn::Sequential generator = dcgan_generator(options, rng), discriminator = dcgan_discriminator(options, rng);
  generator.eval();
  const NoGrad guard;
  const Tensor noise = Tensor::randn({2, 5, 1, 1}, rng);
  const Tensor images = generator(with_labels(noise, labels_of({0, 2}), 3));
  EXPECT_NE(images.values<float>(), generator(with_labels(noise, labels_of({0, 1}), 3)).values<float>());
  EXPECT_EQ(discriminator(images).shape(), (Shape{2, 3, 1, 1}));
}

TEST(ClassLabels, ThereAreTwoClassesOrMore) {
  for (const std::int64_t classes : {-1, 1, 257})
    EXPECT_EQ(message_of([&] { check_dcgan({.classes = classes}); }),
              "dcgan: classes must be 0, or between 2 and 256, given " + std::to_string(classes));
}

}  // namespace
}  // namespace wisp::models
