// one_hot: class numbers as rows of zeros with a one.
#include <gtest/gtest.h>

#include <tests/message_of.h>
#include <wisp/ops/one_hot.h>

namespace wisp {
namespace {

using testing::message_of;
using Numbers = std::vector<std::int64_t>;

TEST(OneHot, HasAOneAtTheClass) {
  const Tensor x = one_hot(Tensor::from({2, 2}, Numbers{2, 0, 1, 2}), 3);
  EXPECT_EQ(x.shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(x.dtype(), DType::i64);
  EXPECT_EQ(x.values<std::int64_t>(), (Numbers{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1}));
}

TEST(OneHot, RefusesWhatIsNoClass) {
  const auto message = [](const Tensor& labels, std::int64_t classes) {
    return message_of([&] { one_hot(labels, classes); });
  };
  EXPECT_EQ(message(Tensor::from({2}, Numbers{1, 3}), 3), "one_hot: class 3 at position 1, valid are 0 to 2");
  EXPECT_EQ(message(Tensor::from({1}, Numbers{-1}), 3), "one_hot: class -1 at position 0, valid are 0 to 2");
  EXPECT_EQ(message(Tensor::from({1}, Numbers{0}), 0), "one_hot: num_classes must be at least 1, given 0");
  EXPECT_EQ(message(Tensor::zeros({1}), 3), "one_hot: labels must hold class numbers as i64, given f32");
}

TEST(OneHot, RefusesMoreNumbersThanATensorHolds) {
  constexpr std::int64_t many = std::int64_t{1} << 60;
  EXPECT_EQ(message_of([] { one_hot(Tensor::zeros({3}, DType::i64), many); }),
            fmt::format("one_hot: 3 labels of {} classes are too many numbers for a tensor", many));
  EXPECT_THROW(one_hot(Tensor::zeros({1, 1, 1, 1, 1, 1, 1, 1}, DType::i64), 2), Error);
}

}  // namespace
}  // namespace wisp
