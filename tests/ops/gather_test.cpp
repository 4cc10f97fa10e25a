// gather: elements chosen by an index, against loops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <tests/message_of.h>
#include <tests/threads.h>
#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/gather.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using Numbers = std::vector<std::int64_t>;

constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor numbers(const Shape& shape) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  return Tensor::from(shape, values);
}

Tensor indices(const Shape& shape, std::int64_t extent, std::uint64_t seed) {
  Numbers values(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::int64_t>((seed + 2654435761u * i) >> 4) % extent;
  return Tensor::from(shape, values);
}

TEST(Gather, ChoosesAlongTheDimension) {
  const Tensor x = Tensor::from({2, 2}, {1.0, 2.0, 3.0, 4.0});  // the example of torch.gather
  const Tensor index = Tensor::from({2, 2}, Numbers{0, 0, 1, 0});
  EXPECT_THAT(gather(x, 1, index).values<double>(), ElementsAre(1, 1, 4, 3));
  EXPECT_THAT(gather(x, -2, index).values<double>(), ElementsAre(1, 2, 3, 2));
  EXPECT_THAT(gather(x.to(DType::i64), 1, index).values<std::int64_t>(), ElementsAre(1, 1, 4, 3));
}

// Every rank and dimension, with an index that is smaller, and longer along the dimension.
TEST(Gather, IsTheLoopOfItsDefinition) {
  for (const Shape& shape : {Shape{5}, Shape{3, 4}, Shape{2, 3, 4}, Shape{2, 3, 4, 5}, Shape{2, 3, 2, 3, 2}})
    for (int dim = 0; dim < shape.rank(); ++dim) {
      Shape chosen = shape.with(dim, 7);
      if (shape.rank() > 1) chosen = chosen.with(dim == 0 ? 1 : 0, 2);
      const Tensor x = numbers(shape), index = indices(chosen, shape[dim], 3);
      const Numbers at = index.values<std::int64_t>();
      const Strides from = row_major_strides(shape), to = row_major_strides(chosen);
      std::vector<double> expected(at.size());
      for (std::size_t i = 0; i < at.size(); ++i) {
        std::int64_t place = 0;
        for (int d = 0; d < shape.rank(); ++d) {
          const auto k = static_cast<std::size_t>(d);
          place += (d == dim ? at[i] : static_cast<std::int64_t>(i) / to[k] % chosen[d]) * from[k];
        }
        expected[i] = static_cast<double>(place);
      }
      EXPECT_EQ(gather(x, dim, index).values<double>(), expected) << shape.to_string() << " along " << dim;
    }
}

TEST(Gather, WhatIsNotChosenTakesNoPart) {
  Tensor x = Tensor::from({1, 3}, {1.0, -infinity, std::numeric_limits<double>::quiet_NaN()}).set_requires_grad(true);
  const Tensor index = Tensor::from({1, 2}, Numbers{0, 0});
  const Tensor y = gather(x, 1, index);
  EXPECT_THAT(y.values<double>(), ElementsAre(1, 1));
  y.backward({.gradient = Tensor::from({1, 2}, {2.0, 5.0})});
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(7, 0, 0));
}

// A thousand cotangents of 1/3 at one place, in f32: summed in double, and the same with any number of threads.
TEST(Gather, GradientsOfOnePlaceAreAddedUpTheSameWithAnyNumberOfThreads) {
  const std::int64_t lines = 300, chosen = 1000;
  const Tensor index = Tensor::zeros({lines, chosen}, DType::i64);
  std::vector<float> first;
  for (const int threads : {1, 4}) {
    const Threads limit(threads);
    Tensor x = Tensor::zeros({lines, 2}).set_requires_grad(true);
    gather(x, 1, index).backward({.gradient = Tensor::full({lines, chosen}, 1.0 / 3)});
    const std::vector<float> g = x.grad().values<float>();
    EXPECT_FLOAT_EQ(g[0], 1000 * (1.0f / 3));
    EXPECT_EQ(g[1], 0);
    if (first.empty()) first = g;
    EXPECT_EQ(g, first);
  }
}

TEST(Gather, OfNothingIsNothing) {
  EXPECT_EQ(gather(numbers({3, 4}), 1, Tensor::zeros({3, 0}, DType::i64)).shape(), (Shape{3, 0}));
  EXPECT_EQ(gather(Tensor::ones({0, 4}), 1, Tensor::zeros({0, 2}, DType::i64)).shape(), (Shape{0, 2}));
}

TEST(Gather, Mistakes) {
  const auto message = [](const Tensor& index, int dim = 1) {
    return message_of([&] { gather(numbers({3, 4}), dim, index); });
  };
  EXPECT_EQ(message(Tensor::from({1, 2}, Numbers{0, 4})),
            "gather: index 4 is out of range, dimension 1 of 3x4 has 4 elements");
  EXPECT_EQ(message(Tensor::from({1, 1}, Numbers{-1})),
            "gather: index -1 is out of range, dimension 1 of 3x4 has 4 elements");
  EXPECT_EQ(message(Tensor::zeros({4, 1}, DType::i64)),
            "gather: index 4x1 is larger than the input 3x4 in dimension 0; only dimension 1 may be");
  EXPECT_EQ(message(Tensor::zeros({3}, DType::i64)), "gather: index must have the rank of the input, given 3 for 3x4");
  EXPECT_EQ(message(Tensor::zeros({3, 1})), "gather: index must be i64, given f32");
  EXPECT_EQ(message(Tensor::zeros({3, 1}, DType::i64), 2),
            "gather: dimension 2 is out of range for a tensor of rank 2");
  EXPECT_EQ(message({}), "gather: index is undefined, a tensor is needed");
}

}  // namespace
}  // namespace wisp::testing
