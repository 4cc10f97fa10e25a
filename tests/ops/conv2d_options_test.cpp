// Which sizes the convolutions make, and what they say when there is no such size.
#include <gtest/gtest.h>

#include <tests/message_of.h>
#include <wisp/ops/conv2d.h>

namespace wisp::testing {
namespace {

// By running the op: each output_padding gives one more pixel, and conv2d leads back from all of them.
TEST(Conv2dSizes, OutputPaddingListsTheSizesThatOneConvolutionMerges) {
  for (const std::int64_t stride : {1, 2, 3})
    for (const std::int64_t dilation : {1, 2}) {
      const Size2d input(3, 4), kernel(3, 2);
      ConvTranspose2dOptions options{.stride = stride, .padding = {1, 0}, .dilation = dilation};
      for (std::int64_t extra = 0; extra < std::max(stride, dilation); ++extra) {
        options.output_padding = extra;
        const Size2d output = conv_transpose2d_output_size(input, kernel, options);
        const Tensor y = conv_transpose2d(Tensor::ones({1, 3, 4}), Tensor::ones({1, 1, 3, 2}), {}, options);
        EXPECT_EQ(Size2d(y.dim(1), y.dim(2)), output);
        EXPECT_EQ(conv_transpose2d_output_padding(input, output, kernel, options), Size2d(extra));
        if (extra < stride) {
          EXPECT_EQ(conv2d_output_size(output, kernel, {.stride = stride, .padding = {1, 0}, .dilation = dilation}),
                    input);
        }
      }
    }
}

TEST(Conv2dSizes, SameKeepsTheSize) {
  for (const std::int64_t k : {1, 2, 3, 4, 5})
    for (const std::int64_t d : {1, 2, 3})
      EXPECT_EQ(conv2d_output_size({5, 2}, {k, 1}, {.padding = Conv2dPadding::same, .dilation = d}), Size2d(5, 2));
}

TEST(Conv2dSizes, WhatIsImpossibleIsSaidWithTheNumbers) {
  const auto padding_for = [](Size2d output, const ConvTranspose2dOptions& options) {
    return message_of([&] { conv_transpose2d_output_padding(3, output, 3, options); });
  };
  EXPECT_EQ(padding_for(8, {.stride = 2, .padding = 1}),
            "conv_transpose2d: output_size 8x8 is out of reach: this layer makes 5x5 to 6x6 from 3x3");
  EXPECT_EQ(padding_for({5, 7}, {.stride = 2, .padding = 1}),
            "conv_transpose2d: output_size 5x7 is out of reach: this layer makes 5x5 to 6x6 from 3x3");
  EXPECT_EQ(padding_for(4, {}), "conv_transpose2d: output_size 4x4 is out of reach: this layer makes 5x5 from 3x3");
  EXPECT_EQ(padding_for(1, {.padding = 3}),
            "conv_transpose2d: output_size 1x1 is out of reach: padding 3x3 leaves nothing of 3x3");
  EXPECT_EQ(message_of([] { conv2d_output_size(8, 3, {.stride = 2, .padding = Conv2dPadding::same}); }),
            "conv2d: padding `same` needs stride 1, given 2x2; give the padding in pixels");
  EXPECT_EQ(message_of([] {
              conv2d_output_size({9, 2}, 3, {});
            }),
            "conv2d: width 2 + padding 0 + 0 is less than the kernel's 3 (kernel 3, dilation 1); it takes a width of 3 "
            "or more");
  EXPECT_EQ(message_of([] {
              conv2d_output_size(9, 3, {.padding = {1, -1}});
            }),
            "conv2d: padding must be between 0 and 2^31, given 1x-1");
  EXPECT_EQ(message_of([] {
              conv_transpose2d_output_size(3, 3, {.stride = 2, .output_padding = {1, 2}});
            }),
            "conv_transpose2d: output_padding must be smaller than stride or dilation, given 2 for the width with "
            "stride 2 and dilation 1; at most 1");
}

// The advice in the messages is followed: what they call possible is, and the next is not.
TEST(Conv2dSizes, WhatWouldBeValidIs) {
  EXPECT_EQ(conv2d_output_size({9, 3}, 3, {}), Size2d(7, 1));
  for (const std::int64_t output_padding : {0, 1})
    for (const std::int64_t padding : {5, 6}) {
      ConvTranspose2dOptions options{.stride = 2, .padding = {padding, 0}, .output_padding = output_padding};
      const std::string said = message_of([&] { conv_transpose2d_output_size({3, 3}, 3, options); });
      EXPECT_TRUE(said.ends_with("; the padding can be 3 at most")) << said;
      options.padding = {3, 0};
      EXPECT_GE(conv_transpose2d_output_size(3, 3, options).height, 1);
      options.padding = {4, 0};
      EXPECT_THROW(conv_transpose2d_output_size(3, 3, options), Error);
    }
}

}  // namespace
}  // namespace wisp::testing
