// argmax: where the largest element is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <wisp/core/rng.h>
#include <wisp/ops/reduction.h>

#include <tests/message_of.h>

namespace wisp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// By definition: the first index along dimension `dim` (of a tensor of rank 4) whose element nothing exceeds.
std::vector<std::int64_t> by_definition(const Tensor& x, int dim) {
  const Shape shape = x.shape();
  const std::vector<double> values = x.values<double>();
  const auto at = [&](std::array<std::int64_t, 4> i) {
    return values[static_cast<std::size_t>(((i[0] * shape[1] + i[1]) * shape[2] + i[2]) * shape[3] + i[3])];
  };
  const Shape rest = shape.with(dim, 1);
  std::vector<std::int64_t> result;
  for (std::int64_t a = 0; a < rest[0]; ++a)
    for (std::int64_t b = 0; b < rest[1]; ++b)
      for (std::int64_t c = 0; c < rest[2]; ++c)
        for (std::int64_t d = 0; d < rest[3]; ++d) {
          std::array<std::int64_t, 4> index{a, b, c, d};
          std::int64_t& k = index[static_cast<std::size_t>(dim)];
          std::int64_t best = 0;
          double most = at(index);
          for (k = 1; k < shape[dim]; ++k)
            if (at(index) > most) {
              most = at(index);
              best = k;
            }
          result.push_back(best);
        }
  return result;
}

TEST(Argmax, IsTheIndexOfTheLargestAlongEveryDimension) {
  Rng rng(1);
  const Tensor x = Tensor::randn({3, 4, 5, 6}, rng, DType::f64);
  for (int dim = 0; dim < 4; ++dim) {
    const std::vector<std::int64_t> expected = by_definition(x, dim);
    for (const DType dtype : {DType::f64, DType::f32}) {
      EXPECT_EQ(argmax(x.to(dtype), dim, true).values<std::int64_t>(), expected) << dim << name_of(dtype);
      EXPECT_EQ(argmax(x.to(dtype), dim - 4).values<std::int64_t>(), expected) << dim << name_of(dtype);
    }
    EXPECT_EQ(argmax(x, dim, true).shape(), x.shape().with(dim, 1));
    EXPECT_EQ(argmax(x, dim).shape(), sum(x, {dim}).shape());
  }
}

TEST(Argmax, TakesTheFirstOfSeveral) {
  const Tensor x = Tensor::from({2, 4}, {1.f, 3.f, 3.f, 2.f, -5.f, -5.f, -6.f, -5.f});
  EXPECT_THAT(argmax(x, 1).values<std::int64_t>(), ElementsAre(1, 0));
  EXPECT_THAT(argmax(x.to(DType::bf16), 0).values<std::int64_t>(), ElementsAre(0, 0, 0, 0));
}

// As in PyTorch: what is no number is above every number.
TEST(Argmax, TakesTheFirstNan) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Tensor x = Tensor::from({3, 4}, {1.0, nan, infinity, nan, nan, 1.0, 2.0, 3.0, -infinity, -1.0, infinity, 7.0});
  EXPECT_THAT(argmax(x, 1).values<std::int64_t>(), ElementsAre(1, 0, 2));
}

TEST(Argmax, RefusesWhatHasNoLargest) {
  EXPECT_THAT(testing::message_of([] { argmax(Tensor::ones({2, 0}), 1); }), HasSubstr("dimension 1 of 2x0"));
  EXPECT_EQ(argmax(Tensor::ones({0, 2}), 1).shape(), Shape{0});
  EXPECT_THROW(argmax(Tensor::ones({2, 3}), 2), Error);
  EXPECT_THROW(argmax(Tensor::full({2, 3}, 1, DType::u8), 1), Error);
}

}  // namespace
}  // namespace wisp
