// A layer used twice is trained once per step and keeps both names in the state.
#include <gtest/gtest.h>

#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

TEST(SharedParameters, AreListedOnceAndNamedTwice) {
  Rng rng(1);
  const nn::Linear layer(3, 3, rng);
  const nn::Sequential network(layer, layer);
  EXPECT_EQ(network.parameters().size(), 2u);
  EXPECT_EQ(network.state_dict().size(), 4u);
}

TEST(Sequential, OfOneModule) {
  nn::Sequential network{nn::ReLU()};
  EXPECT_EQ(network.size(), 1u);
  EXPECT_THROW(network[1], Error);
}

}  // namespace
}  // namespace wisp::testing
