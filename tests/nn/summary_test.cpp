// summary: parameters, shapes, multiplications and bytes, counted by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/wisp.h>

namespace wisp::nn {
namespace {

using ::testing::HasSubstr;

TEST(Summary, CountsWhatEveryLayerMakesAndCosts) {
  Rng rng(1);
  Sequential network(ConvTranspose2d(5, 4, 3, {.stride = 2, .bias = false}, rng), BatchNorm2d(4), ReLU(),
                     Sequential(Conv2d(4, 6, 3, {.groups = 2}, rng), Flatten()), Linear(6 * 7 * 5, 2, rng));
  network[0].requires_grad_(false);
  const Summary counted = summary(network, {3, 5, 4, 3});
  ASSERT_EQ(counted.layers.size(), 8u);
  EXPECT_EQ(counted.layers[0].output, (Shape{3, 2}));
  const LayerSummary &up = counted.layers[1], &down = counted.layers[5], &last = counted.layers[7];
  EXPECT_EQ(up.type, "ConvTranspose2d");
  EXPECT_EQ(up.output, (Shape{3, 4, 9, 7}));
  EXPECT_EQ(up.parameters, 5 * 4 * 9);
  EXPECT_EQ(up.multiplications, 3 * 5 * 4 * 3 * 4 * 9);
  EXPECT_EQ(up.bytes, 4 * 3 * 4 * 9 * 7);
  EXPECT_EQ(down.name, "3.0");
  EXPECT_EQ(down.parameters, 6 * 2 * 9 + 6);
  EXPECT_EQ(down.multiplications, 3 * 6 * 7 * 5 * 2 * 9);
  EXPECT_EQ(last.multiplications, 3 * 2 * 210);
  EXPECT_EQ(counted.multiplications, up.multiplications + down.multiplications + last.multiplications);
  EXPECT_EQ(counted.layers[0].multiplications, counted.multiplications);
  EXPECT_EQ(counted.parameters, 180 + 8 + 114 + 422);
  EXPECT_EQ(counted.trained_parameters, counted.parameters - 180);
  EXPECT_EQ(counted.parameter_bytes, 4 * (counted.parameters + 8) + 8);
  EXPECT_EQ(counted.input_bytes, 4 * 3 * 5 * 4 * 3);
}

TEST(Summary, CountsALayerThatIsUsedTwiceOnce) {
  Rng rng(1);
  const Linear layer(2, 2, rng);
  Sequential network(layer, layer);
  const Summary counted = summary(network, {1, 2});
  EXPECT_EQ(counted.layers[0].parameters, 0);
  EXPECT_EQ(counted.parameters, 6);
}

TEST(Summary, IsATable) {
  Rng rng(1);
  Sequential network(Linear(1000, 20, rng), ReLU());
  const std::string table = fmt::format("{}", summary(network, {4, 1000}));
  EXPECT_THAT(table, HasSubstr("Linear: 0"));
  EXPECT_THAT(table, HasSubstr("[4, 20]"));
  EXPECT_THAT(table, HasSubstr("20,020"));
  EXPECT_THAT(table, HasSubstr("80,000"));
  EXPECT_THAT(table, HasSubstr("Total params: 20,020"));
}

}  // namespace
}  // namespace wisp::nn
