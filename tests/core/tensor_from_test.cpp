// Tensors from C++ numbers: the dtype is that of torch.tensor, and a type that has none does not compile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <tests/message_of.h>
#include <wisp/core/tensor.h>

namespace wisp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

TEST(From, PlainIntegersAreI64) {
  const Tensor x = Tensor::from({2, 2}, {1, 2, 3, -4});
  EXPECT_EQ(x.dtype(), DType::i64);
  EXPECT_THAT(x.values<std::int64_t>(), ElementsAre(1, 2, 3, -4));
  const Tensor image = Tensor::from({1, 2, 1, 3}, {0, 1, 2, 3, 4, 5});
  EXPECT_THAT(image.values<std::int64_t>(), ElementsAre(0, 1, 2, 3, 4, 5)) << "logical order";
}

template <class T>
void expect_i64() {
  const std::vector<T> values{T{0}, T{1}, std::numeric_limits<T>::max()};
  const auto most = static_cast<std::int64_t>(std::numeric_limits<T>::max());
  for (const Tensor& x : {Tensor::from({3}, values), Tensor::from({3}, std::span<const T>(values)),
                          Tensor::from({3}, {T{0}, T{1}, std::numeric_limits<T>::max()})}) {
    EXPECT_EQ(x.dtype(), DType::i64);
    EXPECT_THAT(x.values<std::int64_t>(), ElementsAre(0, 1, most));
  }
}

TEST(From, IntegersOfEverySizeAreI64) {
  expect_i64<signed char>();
  expect_i64<short>();
  expect_i64<unsigned short>();
  expect_i64<int>();
  expect_i64<unsigned>();
  expect_i64<long>();
  expect_i64<long long>();
}

TEST(From, UnsignedIntegersBeyondI64AreAnError) {
  const std::size_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(Tensor::from({2}, {std::size_t{0}, most}).values<std::int64_t>(), ElementsAre(0, most));
  EXPECT_THAT(message_of([&] { Tensor::from({2}, {std::size_t{0}, most + 1}); }), HasSubstr("9223372036854775808"));
}

TEST(From, BoolsAreBytesOfZeroAndOne) {
  const std::vector<bool> values{true, false, true};
  for (const Tensor& x : {Tensor::from({3}, {true, false, true}), Tensor::from({3}, values)}) {
    EXPECT_EQ(x.dtype(), DType::u8);
    EXPECT_THAT(x.values<std::uint8_t>(), ElementsAre(1, 0, 1));
  }
}

TEST(From, ElementsStayWhatTheyAre) {
  EXPECT_EQ(Tensor::from({1}, {1.f}).dtype(), DType::f32);
  EXPECT_EQ(Tensor::from({1}, {1.0}).dtype(), DType::f64);
  EXPECT_EQ(Tensor::from({1}, {bfloat16(1)}).dtype(), DType::bf16);
  EXPECT_EQ(Tensor::from({1}, {std::uint8_t{1}}).dtype(), DType::u8);
  EXPECT_EQ(Tensor::from({1}, {std::int64_t{1}}).dtype(), DType::i64);
}

TEST(From, ChecksTheNumberOfConvertedValuesToo) {
  EXPECT_THAT(message_of([] { Tensor::from({2, 3}, {1, 2}); }), HasSubstr("2 values given, shape 2x3 has 6"));
  EXPECT_EQ(Tensor::from({0}, std::vector<int>{}).numel(), 0);
}

TEST(Full, OfAnIntegerHasTheDTypeAskedFor) {
  EXPECT_THAT(Tensor::full({2}, 3, DType::i64).values<std::int64_t>(), ElementsAre(3, 3));
  EXPECT_THAT(Tensor::full({2}, true, DType::u8).values<std::uint8_t>(), ElementsAre(1, 1));
  EXPECT_EQ(Tensor::full({}, -1, DType::u8).item<std::uint8_t>(), 0) << "saturates";
}

// Not link errors.
template <class T>
concept IsRead = requires(Tensor x) {
  x.data<T>();
  x.mutable_data<T>();
  x.values<T>();
  x.item<T>();
};
template <class T>
concept IsTaken = requires(std::vector<T> values) {
  Tensor::from({1}, values);
};
static_assert(IsRead<float> && IsRead<double> && IsRead<bfloat16> && IsRead<std::uint8_t> && IsRead<std::int64_t>);
static_assert(!IsRead<int> && !IsRead<bool> && !IsRead<long double> && !IsRead<const float> && !IsRead<unsigned>);
static_assert(IsTaken<int> && IsTaken<bool> && IsTaken<std::size_t>);
static_assert(!IsTaken<long double> && !IsTaken<char> && !IsTaken<char32_t> && !IsTaken<std::string>);

}  // namespace
}  // namespace wisp
