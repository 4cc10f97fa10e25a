// What a graph has saved is freed by the pass that uses it, unless it is retained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/autograd/backward.h>
#include <wisp/core/allocator.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::size_t bytes_in_use() { return allocator_statistics().bytes_in_use; }

// y = x; notes the bytes in use at the moment its gradient is computed.
Tensor probe(const Tensor& x, std::vector<std::size_t>& readings) {
  return autograd::record("probe", x.detach(), {x}, {}, [&readings](const autograd::Cotangents& c) {
    readings.push_back(bytes_in_use());
    return Tensors{c.grad()};
  });
}

TEST(RetainGraph, ASecondPassNamesTheOpAndTheWayOut) {
  const Tensor x = Tensor::ones({2}).set_requires_grad(true), loss = sum(exp(x));
  loss.backward();
  EXPECT_THAT([&] { loss.backward(); },
              ThrowsMessage<Error>(AllOf(HasSubstr("exp"), HasSubstr("freed"), HasSubstr("retain_graph = true"))));
}

TEST(RetainGraph, GradFreesTheGraphToo) {
  const Tensor x = Tensor::ones({2}).set_requires_grad(true), loss = sum(square(x));
  grad({loss}, {x});
  EXPECT_THROW(grad({loss}, {x}), Error);
}

TEST(RetainGraph, ARetainedGraphGivesTheSameGradientsAgain) {
  const Tensor x = Tensor::full({2}, 3.0).set_requires_grad(true), loss = sum(square(x));
  loss.backward({.retain_graph = true});
  EXPECT_EQ(x.grad().values<float>()[1], 6);
  loss.backward({.retain_graph = true});
  EXPECT_EQ(x.grad().values<float>()[1], 12);
  loss.backward();
  EXPECT_THROW(loss.backward(), Error);
}

TEST(RetainGraph, FollowsCreateGraphUnlessGiven) {
  const Tensor x = Tensor::full({1}, 3.0).set_requires_grad(true), kept = square(x), freed = square(x);
  grad({kept}, {x}, {.create_graph = true});
  EXPECT_NO_THROW(grad({kept}, {x}));
  grad({freed}, {x}, {.retain_graph = false, .create_graph = true});
  EXPECT_THROW(grad({freed}, {x}), Error);
}

TEST(RetainGraph, OpsThatSaveNothingMayRunAgain) {
  const Tensor x = Tensor::ones({2}).set_requires_grad(true), loss = sum(x + x);
  loss.backward();
  loss.backward();
  EXPECT_EQ(x.grad().values<float>()[0], 4);
}

TEST(GraphMemory, IsFreedWhileBackwardPasses) {
  constexpr std::int64_t count = 1 << 16;
  constexpr std::size_t bytes = count * sizeof(double);
  std::vector<std::size_t> readings;
  const Tensor x = Tensor::full({count}, 0.1, DType::f64).set_requires_grad(true);
  Tensor loss;
  {
    Tensor y = x;
    for (int i = 0; i < 6; ++i) y = probe(tanh(y), readings);
    loss = sum(y);
  }
  loss.backward();
  ASSERT_EQ(readings.size(), 6u);
  for (std::size_t i = 2; i < readings.size(); ++i)  // each step back lets go of one output of tanh
    EXPECT_LE(readings[i] + bytes, readings[i - 1]) << i;
}

TEST(GraphMemory, AfterBackwardOnlyTheGradientRemains) {
  constexpr std::size_t bytes = 50'000 * sizeof(double);
  const Tensor x = Tensor::full({50'000}, 0.1, DType::f64).set_requires_grad(true);
  const std::size_t before = bytes_in_use();
  const Tensor loss = sum(exp(tanh(square(x)) * x));
  EXPECT_GT(bytes_in_use(), before + 2 * bytes);  // the outputs of tanh and exp
  loss.backward();
  EXPECT_LT(bytes_in_use(), before + bytes * 9 / 8 + 1000);
}

TEST(GraphMemory, DroppingTheLastHandleFreesTheGraph) {
  const Tensor x = Tensor::full({3, 500}, 0.1).set_requires_grad(true);
  const std::size_t before = bytes_in_use();
  {
    const Tensor loss = sum(exp(square(x)) * x);
    const Tensor g = grad({loss}, {x}, {.create_graph = true})[0];
    EXPECT_GT(bytes_in_use(), before);
  }
  EXPECT_EQ(bytes_in_use(), before);
}

TEST(GraphMemory, NoGradKeepsNothing) {
  const Tensor x = Tensor::full({1000}, 0.1).set_requires_grad(true);
  const NoGrad guard;
  const std::size_t before = bytes_in_use();
  const Tensor y = exp(square(x));
  EXPECT_LE(bytes_in_use() - before, 1000 * sizeof(float) * 9 / 8);
}

}  // namespace
}  // namespace wisp
