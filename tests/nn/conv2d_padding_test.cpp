// Conv2d's padding modes and ConvTranspose2d's output_size, with the numbers that PyTorch 2.13 gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include <tests/message_of.h>
#include <wisp/nn/conv2d.h>

namespace wisp::nn {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Tensor count_from(double first, const Shape& shape) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  std::iota(values.begin(), values.end(), first);
  return Tensor::from(shape, values);
}

struct Case {
  Conv2dPadding padding;
  PaddingMode mode;
  std::vector<double> expected;
};

// The kernel 1 2 3; 4 5 6 on an image of 4x6 pixels 0, 1, ..., 23.
TEST(Conv2dPaddingMode, EqualsPyTorch) {
  const std::vector<Case> cases = {
      {Conv2dPadding(1, 2), PaddingMode::zeros, {0,   6,   17,  32,  47,  62,  41,  20,  36,  75,  115, 136, 157, 178,
                                                 109, 49,  90,  171, 241, 262, 283, 304, 181, 79,  144, 267, 367, 388,
                                                 409, 430, 253, 109, 54,  93,  116, 122, 128, 134, 68,  23}},
      {Conv2dPadding::same, PaddingMode::zeros, {75,  115, 136, 157, 178, 109, 171, 241, 262, 283, 304, 181,
                                                 267, 367, 388, 409, 430, 253, 93,  116, 122, 128, 134, 68}},
      {Conv2dPadding(1, 2), PaddingMode::reflect, {53,  50,  61,  82,  103, 124, 127, 116, 107, 104, 115, 136, 157, 178,
                                                   181, 170, 233, 230, 241, 262, 283, 304, 307, 296, 359, 356, 367, 388,
                                                   409, 430, 433, 422, 305, 302, 313, 334, 355, 376, 379, 368}},
      {Conv2dPadding::same, PaddingMode::reflect, {104, 115, 136, 157, 178, 181, 230, 241, 262, 283, 304, 307,
                                                   356, 367, 388, 409, 430, 433, 302, 313, 334, 355, 376, 379}},
      {Conv2dPadding(1, 2),
       PaddingMode::replicate,
       {0,   9,   25,  46,  67,  88,  100, 105, 90,  99,  115, 136, 157, 178, 190, 195, 216, 225, 241, 262,
        283, 304, 316, 321, 342, 351, 367, 388, 409, 430, 442, 447, 378, 387, 403, 424, 445, 466, 478, 483}},
      {Conv2dPadding::same, PaddingMode::replicate, {99,  115, 136, 157, 178, 190, 225, 241, 262, 283, 304, 316,
                                                     351, 367, 388, 409, 430, 442, 387, 403, 424, 445, 466, 478}},
      {Conv2dPadding(1, 2),
       PaddingMode::circular,
       {163, 142, 133, 154, 175, 196, 163, 142, 145, 124, 115, 136, 157, 178, 145, 124, 271, 250, 241, 262,
        283, 304, 271, 250, 397, 376, 367, 388, 409, 430, 397, 376, 163, 142, 133, 154, 175, 196, 163, 142}},
      {Conv2dPadding::same, PaddingMode::circular, {124, 115, 136, 157, 178, 145, 250, 241, 262, 283, 304, 271,
                                                    376, 367, 388, 409, 430, 397, 142, 133, 154, 175, 196, 163}}};
  Rng rng(1);
  for (const Case& c : cases) {
    Conv2d layer(1, 1, {2, 3}, {.padding = c.padding, .bias = false, .padding_mode = c.mode}, rng);
    layer.to(DType::f64);
    layer.load_state_dict({{"weight", count_from(1, {1, 1, 2, 3})}});
    EXPECT_EQ(layer(count_from(0, {1, 1, 4, 6})).values<double>(), c.expected) << static_cast<int>(c.mode);
    EXPECT_EQ(layer(count_from(0, {1, 4, 6})).values<double>(), c.expected) << "unbatched";
  }
}

TEST(Conv2dPaddingMode, SaysWhatItCannotFill) {
  Rng rng(1);
  const Tensor image = Tensor::ones({2, 1, 3, 4});
  const auto message = [&](PaddingMode mode) {
    return ThrowsMessage<Error>(mode == PaddingMode::reflect
                                    ? "pad2d: reflect can add at most 2 pixels to 3, given 4"
                                    : "pad2d: circular can add at most 3 pixels to 3, given 4");
  };
  for (const PaddingMode mode : {PaddingMode::reflect, PaddingMode::circular}) {
    Conv2d layer(1, 1, 3, {.padding = {4, 0}, .padding_mode = mode}, rng);
    EXPECT_THAT([&] { layer(image); }, message(mode));
  }
}

TEST(Conv2dPaddingMode, ChecksTheOptionsAsWithZeros) {
  Rng rng(1);
  const auto message_with = [&](const Conv2dOptions& options) {
    return testing::message_of([&] { Conv2d(1, 1, 3, options, rng)(Tensor::ones({2, 1, 5, 6})); });
  };
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const PaddingMode mode : {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::circular}) {
    EXPECT_EQ(message_with({.stride = {1, 2}, .padding = Conv2dPadding::same, .padding_mode = mode}),
              "Conv2d: padding `same` needs stride 1, given 1x2; give the padding in pixels");
    EXPECT_EQ(message_with({.padding = -1, .padding_mode = mode}),
              "conv2d: padding must be between 0 and 2^31, given -1x-1");
    EXPECT_EQ(message_with({.padding = Conv2dPadding::same, .dilation = huge, .padding_mode = mode}),
              "conv2d: dilation must be between 1 and 2^31, given 4611686018427387904x4611686018427387904");
  }
}

TEST(ConvTranspose2dOutputSize, PicksTheOutputPadding) {
  Rng rng(2);
  ConvTranspose2d layer(3, 2, 3, {.stride = {2, 3}, .padding = 1}, rng);
  const Tensor batch = Tensor::ones({2, 3, 4, 5}), image = Tensor::ones({3, 4, 5});
  EXPECT_EQ(layer(batch).shape(), (Shape{2, 2, 7, 13}));
  EXPECT_EQ(layer(batch, {8, 14}).shape(), (Shape{2, 2, 8, 14}));
  EXPECT_EQ(layer(batch, {7, 15}).shape(), (Shape{2, 2, 7, 15}));
  EXPECT_EQ(layer(batch, {9, 9, 8, 13}).shape(), (Shape{2, 2, 8, 13})) << "batch and channels are not looked at";
  EXPECT_EQ(layer(image, {8, 14}).shape(), (Shape{2, 8, 14}));
  EXPECT_EQ(layer(image, {9, 8, 14}).shape(), (Shape{2, 8, 14}));
  // What is added belongs to the bottom and right; the rest stays.
  EXPECT_EQ(layer(image, {8, 15}).narrow(1, 0, 7).narrow(2, 0, 13).values<float>(), layer(image).values<float>());
}

TEST(ConvTranspose2dOutputSize, SaysWhatIsInReach) {
  Rng rng(2);
  ConvTranspose2d layer(1, 1, 3, {.stride = 2, .padding = 1}, rng);
  const Tensor batch = Tensor::ones({1, 1, 3, 3});
  EXPECT_THAT(([&] {
                layer(batch, {8, 8});
              }),
              ThrowsMessage<Error>(HasSubstr("output_size 8x8 is out of reach: this layer makes 5x5 to 6x6 from 3x3")));
  EXPECT_THAT(([&] {
                layer(batch, {1, 6, 6});
              }),
              ThrowsMessage<Error>(HasSubstr("output_size must have 2 or 4 numbers, given 1x6x6")));
  EXPECT_THAT(([&] {
                layer(batch.reshape({1, 3, 3}), {1, 1, 6, 6});
              }),
              ThrowsMessage<Error>(HasSubstr("output_size must have 2 or 3 numbers, given 1x1x6x6")));
}

}  // namespace
}  // namespace wisp::nn
