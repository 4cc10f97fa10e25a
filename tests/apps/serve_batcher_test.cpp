// dcgan serve: drawing for several at once.
#include <atomic>
#include <future>

#include <gmock/gmock.h>

#include <apps/dcgan/serve/batcher.h>
#include <apps/dcgan/serve/refusal.h>
#include <tests/wait_until.h>
#include <wisp/core/error.h>

namespace wisp::testing {
namespace {

using apps::Batcher;
using ::testing::ElementsAre;

// `count` noise vectors of one number: first, first + 1, ...
std::vector<float> numbers(std::int64_t count, int first) {
  std::vector<float> result;
  for (int i = 0; i < count; ++i) result.push_back(static_cast<float>(first + i));
  return result;
}

// A batcher whose "generator" gives the numbers back, and that does nothing before open().
class ServeBatcher : public ::testing::Test {
 protected:
  // Its first request is being drawn; what comes now waits.
  void start(const apps::BatcherOptions& options = {}) {
    batcher = std::make_unique<Batcher>(
        [this, opened = gate.get_future().share()](const Tensor& noise) {
          EXPECT_EQ(opened.wait_for(std::chrono::minutes(1)), std::future_status::ready);
          check(!fails, "broken");
          return noise;
        },
        options,
        [this](std::int64_t images) {
          batches.push_back(images);
          ++begun;
        });
    first = ask(1, 1000);
    wait_until([&] { return begun != 0 || first.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    ASSERT_EQ(begun, 1) << "nobody drew before it was too late";
  }
  void open() { gate.set_value(); }
  std::future<Tensor> ask(std::int64_t count, int number) {
    return std::async(std::launch::async, [=, this] {
      return (*batcher)(Tensor::from({count, 1, 1, 1}, numbers(count, number)));
    });
  }
  // Likewise, and waits until it waits.
  std::future<Tensor> ask_and_wait(std::int64_t count, int number) {
    const std::int64_t before = batcher->waiting();
    auto images = ask(count, number);
    EXPECT_TRUE(wait_until([&] { return batcher->waiting() != before; }));
    return images;
  }
  static int status_of(std::future<Tensor>& images) {
    try {
      images.get();
      return 200;
    } catch (const apps::Refusal& refusal) {
      return refusal.status;
    }
  }

  std::promise<void> gate;
  std::atomic<bool> fails = false;
  std::atomic<int> begun = 0;
  std::vector<std::int64_t> batches;  // written by the batcher's thread alone; read when it is gone
  std::unique_ptr<Batcher> batcher;
  std::future<Tensor> first;
};

TEST_F(ServeBatcher, WhatWaitsIsDrawnTogetherAndEachGetsItsOwn) {
  start();
  std::vector<std::future<Tensor>> requests;
  for (int i = 0; i < 5; ++i) requests.push_back(ask_and_wait(3, 10 * i));
  EXPECT_EQ(batcher->waiting(), 15);
  open();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(requests[i].get().values<float>(), numbers(3, 10 * i)) << i;
  EXPECT_EQ(first.get().values<float>(), numbers(1, 1000));
  batcher.reset();
  EXPECT_THAT(batches, ElementsAre(1, 15));
}

TEST_F(ServeBatcher, ManyImagesTakeTurnsWithFew) {
  start({.batch = 16});
  auto many = ask_and_wait(100, 0);
  auto few = ask_and_wait(2, 500);
  open();
  EXPECT_EQ(few.get().values<float>(), numbers(2, 500));
  EXPECT_EQ(many.get().values<float>(), numbers(100, 0));
  batcher.reset();
  // 8 + 2 + 6, then what is left of the many.
  EXPECT_THAT(batches, ElementsAre(1, 16, 16, 16, 16, 16, 16, 6));
}

TEST_F(ServeBatcher, AFullQueueRefuses) {
  start({.most_waiting = 10});
  auto six = ask_and_wait(6, 0), four = ask_and_wait(4, 0);
  auto one = ask(1, 0);
  EXPECT_EQ(status_of(one), 429);
  open();
  EXPECT_EQ(status_of(six), 200);
  EXPECT_EQ(status_of(four), 200);
  EXPECT_EQ(batcher->waiting(), 0);
  auto again = ask(10, 0);
  EXPECT_EQ(status_of(again), 200) << "room again";
}

TEST_F(ServeBatcher, WhoWaitsTooLongIsToldSoAndNotDrawnFor) {
  start({.patience = std::chrono::milliseconds(100)});
  auto late = ask(7, 0);
  EXPECT_EQ(status_of(late), 503);
  EXPECT_EQ(status_of(first), 503);
  open();
  EXPECT_TRUE(wait_until([&] { return batcher->waiting() == 0; }));
  batcher.reset();
  EXPECT_THAT(batches, ElementsAre(1));
}

TEST_F(ServeBatcher, AFailureIsSaidToAllOfTheBatch) {
  start();
  auto other = ask_and_wait(2, 0);
  fails = true;
  open();
  EXPECT_EQ(status_of(first), 500);
  EXPECT_EQ(status_of(other), 500);
  fails = false;
  auto next = ask(1, 0);
  EXPECT_EQ(status_of(next), 200) << "and goes on";
}

TEST_F(ServeBatcher, EndsWhenAllIsDrawn) {
  start();
  auto waiting = ask_and_wait(200, 0);
  auto ended = std::async(std::launch::async, [this] { batcher.reset(); });
  open();
  ended.get();
  EXPECT_EQ(waiting.get().dim(0), 200);
}

}  // namespace
}  // namespace wisp::testing
