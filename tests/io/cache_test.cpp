#include <wisp/io/cache.h>

#include <gmock/gmock.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Cache : public ::testing::Test {
 protected:
  // What the cache, which takes anything that holds x, gives; `value` is what it would compute.
  float get_from(const std::string& cache, float value) {
    const auto fits = [](const Safetensors& found) { return found.tensors.at("x").defined(); };
    const auto compute = [&] {
      ++computed;
      return Safetensors{{{"x", Tensor::from({1}, {value})}}, {}};
    };
    return cached(cache, "name", fits, compute).tensors.at("x").item<float>();
  }
  float get(float value) { return get_from(folder.path(), value); }

  TemporaryFolder folder;
  int computed = 0;
};

TEST_F(Cache, ComputesOnce) {
  EXPECT_EQ(get(1), 1);
  EXPECT_EQ(get(2), 1);
  EXPECT_EQ(computed, 1);
  EXPECT_THAT(folder.names(), ElementsAre("name.safetensors"));
}

TEST_F(Cache, MakesItsFolder) {
  EXPECT_EQ(get_from(folder / "a/b", 1), 1);
  EXPECT_EQ(get_from(folder / "a/b", 2), 1);
}

TEST_F(Cache, WhatDoesNotFitIsReplaced) {
  get(1);
  const auto other = [](const Safetensors& found) { return found.tensors.at("x").item<float>() == 3; };
  const auto compute = [] { return Safetensors{{{"x", Tensor::from({1}, {3.0f})}}, {}}; };
  EXPECT_EQ(cached(folder.path(), "name", other, compute).tensors.at("x").item<float>(), 3);
  EXPECT_EQ(get(1), 3);
  const auto lacking = [](const Safetensors& found) { return found.tensors.at("y").defined(); };
  const auto compute_y = [] { return Safetensors{{{"y", Tensor::zeros({1})}}, {}}; };
  EXPECT_TRUE(cached(folder.path(), "name", lacking, compute_y).tensors.contains("y"));
}

TEST_F(Cache, ADamagedFileIsReplaced) {
  get(1);
  write_bytes(folder / "name.safetensors", "no safetensors");
  EXPECT_EQ(get(2), 2);
  EXPECT_EQ(get(3), 2);
}

TEST_F(Cache, IsDoneWithoutWhereThereIsNone) {
  for (const char* none : {"/proc/nowhere", ""}) {
    EXPECT_EQ(get_from(none, 1), 1);
    EXPECT_EQ(get_from(none, 2), 2);
  }
}

TEST_F(Cache, ErrorsOfTheComputationArePassedOn) {
  const auto failing = []() -> Safetensors { throw Error("no result"); };
  EXPECT_THROW(cached(
                   folder.path(), "name", [](const Safetensors&) { return true; }, failing),
               Error);
  EXPECT_THAT(folder.names(), IsEmpty());
}

}  // namespace
}  // namespace wisp::testing
