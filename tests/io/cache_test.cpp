#include <wisp/io/cache.h>

#include <cstdlib>

#include <gmock/gmock.h>

#include <tests/cache_folder.h>

namespace wisp::testing {
namespace {

class Cache : public ::testing::Test {
 protected:
  // What the cache, which takes anything that holds x, gives; `value` is what it would compute.
  float get(float value) {
    const auto fits = [](const Safetensors& found) { return found.tensors.at("x").defined(); };
    return cached("name", fits,
                  [&] {
                    ++computed;
                    return Safetensors{{{"x", Tensor::from({1}, {value})}}, {}};
                  })
        .tensors.at("x")
        .item<float>();
  }

  CacheFolder folder;
  int computed = 0;
};

TEST_F(Cache, ComputesOnce) {
  EXPECT_EQ(get(1), 1);
  EXPECT_EQ(get(2), 1);
  EXPECT_EQ(computed, 1);
  ASSERT_EQ(folder.files().size(), 1u);
  EXPECT_EQ(folder.files()[0], cache_path("name"));
}

TEST_F(Cache, WhatDoesNotFitIsReplaced) {
  get(1);
  const auto other = [](const Safetensors& found) { return found.tensors.at("x").item<float>() == 3; };
  const auto compute = [] { return Safetensors{{{"x", Tensor::from({1}, {3.0f})}}, {}}; };
  EXPECT_EQ(cached("name", other, compute).tensors.at("x").item<float>(), 3);
  EXPECT_EQ(get(1), 3);
  const auto lacking = [](const Safetensors& found) { return found.tensors.at("y").defined(); };
  const auto compute_y = [] { return Safetensors{{{"y", Tensor::zeros({1})}}, {}}; };
  EXPECT_TRUE(cached("name", lacking, compute_y).tensors.contains("y"));
}

TEST_F(Cache, ADamagedFileIsReplaced) {
  get(1);
  write_bytes(cache_path("name"), "no safetensors");
  EXPECT_EQ(get(2), 2);
  EXPECT_EQ(get(3), 2);
}

TEST_F(Cache, IsDoneWithoutWhereThereIsNone) {
  CacheFolder::set("/proc/nowhere");
  EXPECT_EQ(get(1), 1);
  EXPECT_EQ(get(2), 2);
}

TEST_F(Cache, ErrorsOfTheComputationArePassedOn) {
  const auto failing = []() -> Safetensors { throw Error("no result"); };
  EXPECT_THROW(cached(
                   "name", [](const Safetensors&) { return true; }, failing),
               Error);
  EXPECT_TRUE(folder.files().empty());
}

TEST_F(Cache, ItsPlace) {
  CacheFolder::set("/somewhere");
  EXPECT_EQ(cache_path("a"), "/somewhere/wisp/a.safetensors");
  const char* const home = std::getenv("HOME");
  const std::string previous = home == nullptr ? "" : home;
  CacheFolder::set("");
  ::setenv("HOME", "/root-or-not", 1);
  EXPECT_EQ(cache_path("a"), "/root-or-not/.cache/wisp/a.safetensors");
  ::unsetenv("HOME");
  EXPECT_EQ(cache_path("a"), "");
  if (home != nullptr) ::setenv("HOME", previous.c_str(), 1);
}

}  // namespace
}  // namespace wisp::testing
