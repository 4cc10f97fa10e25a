// Tensor: making tensors, reading them, and the errors of doing so wrongly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include <wisp/core/rng.h>
#include <wisp/core/tensor.h>

namespace wisp {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<float> counting(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0.f);
  return values;
}

TEST(Tensor, FromAndValuesSpeakLogicalOrder) {
  for (const Shape& shape : {Shape{2, 3}, Shape{2, 3, 4}, Shape{2, 3, 4, 5}, Shape{2, 1, 3, 2, 2}}) {
    const Tensor tensor = Tensor::from(shape, counting(shape.numel()));
    EXPECT_EQ(tensor.values<float>(), counting(shape.numel())) << shape.to_string();
    EXPECT_EQ(tensor.shape(), shape);
    EXPECT_EQ(tensor.rank(), shape.rank());
    EXPECT_EQ(tensor.numel(), shape.numel());
    EXPECT_EQ(tensor.dim(-1), shape.dim(-1));
  }
}

TEST(Tensor, DataIsChannelsLastAtRankFour) {
  const Tensor x = Tensor::from({2, 3, 4, 5}, counting(120));
  const float* memory = x.data<float>();
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t c = 0; c < 3; ++c)
      for (std::int64_t h = 0; h < 4; ++h)
        for (std::int64_t w = 0; w < 5; ++w)
          ASSERT_EQ(memory[((n * 4 + h) * 5 + w) * 3 + c], static_cast<float>(((n * 3 + c) * 4 + h) * 5 + w));
}

TEST(Tensor, DataIsRowMajorAtRankThree) {
  const Tensor x = Tensor::from({2, 3, 4}, counting(24));
  for (std::int64_t i = 0; i < 24; ++i) ASSERT_EQ(x.data<float>()[i], static_cast<float>(i));
}

TEST(Tensor, TheElementTypeChoosesTheDType) {
  EXPECT_EQ(Tensor::from({1}, {1.f}).dtype(), DType::f32);
  EXPECT_EQ(Tensor::from({1}, {1.0}).dtype(), DType::f64);
  EXPECT_EQ(Tensor::from({1}, {std::int64_t{1}}).dtype(), DType::i64);
  EXPECT_EQ(Tensor::from({1}, {std::uint8_t{1}}).dtype(), DType::u8);
  EXPECT_EQ(Tensor::from({1}, {bfloat16(1.f)}).dtype(), DType::bf16);
}

TEST(Tensor, FilledTensorsHoldTheNumberInEveryDType) {
  EXPECT_THAT(Tensor::zeros({2, 3}).values<float>(), ElementsAre(0, 0, 0, 0, 0, 0));
  EXPECT_THAT(Tensor::ones({3}, DType::f64).values<double>(), ElementsAre(1, 1, 1));
  EXPECT_THAT(Tensor::full({2}, 7, DType::u8).values<std::uint8_t>(), ElementsAre(7, 7));
  EXPECT_THAT(Tensor::full({2}, -7, DType::i64).values<std::int64_t>(), ElementsAre(-7, -7));
  EXPECT_EQ(static_cast<float>(Tensor::full({}, -1.5, DType::bf16).item<bfloat16>()), -1.5f);
}

TEST(Tensor, RandomNumbersAreLaidOutInLogicalOrder) {
  Rng rng(3), same(3);
  std::vector<float> numbers(2 * 3 * 4 * 5);
  same.normal(std::span(numbers));
  EXPECT_EQ(Tensor::randn({2, 3, 4, 5}, rng).values<float>(), numbers);
  std::vector<double> more(2 * 3 * 2 * 5);
  same.uniform(std::span(more));
  EXPECT_EQ(Tensor::rand({2, 3, 2, 5}, rng, DType::f64).values<double>(), more);
}

TEST(Tensor, RandomNumbersNeedAComputingDType) {
  Rng rng(3);
  EXPECT_THROW(Tensor::randn({2}, rng, DType::bf16), Error);
  EXPECT_THROW(Tensor::rand({2}, rng, DType::i64), Error);
}

TEST(Tensor, FromNeedsOneValuePerElement) {
  EXPECT_THAT(
      [] {
        Tensor::from({2, 3}, {1.f, 2.f});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("2 values"), HasSubstr("2x3"), HasSubstr("6"))));
  EXPECT_THROW(Tensor::from({2}, {1.f, 2.f, 3.f}), Error);
}

TEST(Tensor, ItemNeedsExactlyOneElement) {
  EXPECT_EQ(Tensor::from({1, 1, 1, 1}, {4.0}).item<double>(), 4.0);
  EXPECT_EQ(Tensor::from({}, {5.f}).item<float>(), 5.f);
  EXPECT_THAT([] { Tensor::ones({2, 3}).item<float>(); }, ThrowsMessage<Error>(HasSubstr("6 elements")));
  EXPECT_THROW(Tensor::ones({0}).item<float>(), Error);
}

TEST(Tensor, ReadingAsAnotherTypeSaysWhatToCall) {
  Tensor x = Tensor::ones({2});
  EXPECT_THAT([&] { x.data<double>(); }, ThrowsMessage<Error>(HasSubstr("to(DType::f64)")));
  EXPECT_THROW(x.mutable_data<std::int64_t>(), Error);
  EXPECT_THROW(x.values<bfloat16>(), Error);
  EXPECT_THROW(Tensor::ones({1}).item<double>(), Error);
}

TEST(Tensor, AnUndefinedTensorThrowsWhereNumbersAreNeeded) {
  const Tensor nothing;
  EXPECT_FALSE(nothing.defined());
  EXPECT_THAT([&] { nothing.shape(); }, ThrowsMessage<Error>(HasSubstr("undefined")));
  EXPECT_THROW(nothing.dtype(), Error);
  EXPECT_THROW(nothing.values<float>(), Error);
  EXPECT_THROW(nothing.requires_grad(), Error);
  EXPECT_THROW(nothing + Tensor::ones({1}), Error);
  EXPECT_THROW(Tensor::ones({1}).copy_(nothing), Error);
}

TEST(Tensor, EmptyTensorsHaveNoValues) {
  const Tensor none = Tensor::zeros({2, 0, 3, 4});
  EXPECT_EQ(none.numel(), 0);
  EXPECT_TRUE(none.values<float>().empty());
}

TEST(Tensor, MoreBytesThanTheSystemHasIsAnError) {
  EXPECT_THROW(Tensor::empty({std::int64_t{1} << 59}, DType::f64), Error);
  EXPECT_THROW(Tensor::empty({std::int64_t{1} << 60}, DType::f64), Error);
}

}  // namespace
}  // namespace wisp
