// A caller's mistake is one sentence with what was given and what is valid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include <tests/message_of.h>
#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Tensor ones(const Shape& shape) { return Tensor::ones(shape); }

TEST(Errors, Conv2dNamesChannelsAndShapes) {
  EXPECT_EQ(message_of([] {
              conv2d(ones({8, 4, 28, 28}), ones({64, 3, 4, 4}));
            }),
            "conv2d: weight expects 3 input channels, input has 4 (input 8x4x28x28, weight 64x3x4x4)");
}

TEST(Errors, SpectralNormNamesTheVectorAndWhatFits) {
  EXPECT_EQ(message_of([] {
              spectral_norm(ones({4, 3, 2, 2}), {ones({3}), ones({1, 3, 2, 2})});
            }),
            "spectral_norm: u must be f32 4, given f32 3 (weight f32 4x3x2x2)");
  EXPECT_EQ(message_of([] {
              power_iteration(ones({4, 3, 2, 2}), ones({1, 12}));
            }),
            "power_iteration: v must be f32 1x3x2x2, given f32 1x12 (weight f32 4x3x2x2)");
}

TEST(Errors, EveryMistakeIsOneLineWithTheOpsName) {
  const Tensor image = ones({2, 3, 5, 4}), weight = ones({4, 3, 3, 3});
  const std::vector<std::pair<std::string, std::function<void()>>> mistakes = {
      {"add", [&] { add(image, ones({2})); }},
      {"mul", [&] { mul(image, Tensor::ones({1}, DType::f64)); }},
      {"exp", [&] { exp(Tensor::ones({2}, DType::i64)); }},
      {"matmul",
       [&] {
         matmul(ones({2, 3}), ones({2, 3}));
       }},
      {"matmul", [&] { matmul(ones({}), ones({2})); }},
      {"linear",
       [&] {
         linear(ones({2, 3}), ones({4, 2}));
       }},
      {"linear",
       [&] {
         linear(ones({2, 3}), ones({4, 3}), ones({3}));
       }},
      {"sum", [&] { sum(image, {4}); }},
      {"sum",
       [&] {
         sum(image, {1, -3});
       }},
      {"reshape",
       [&] {
         image.reshape({7, -1});
       }},
      {"reshape",
       [&] {
         image.reshape({-1, -1});
       }},
      {"permute",
       [&] {
         image.permute({0, 1, 1, 2});
       }},
      {"narrow", [&] { image.narrow(1, 2, 2); }},
      {"flip",
       [&] {
         image.flip({1, 1});
       }},
      {"cat", [&] { cat({}); }},
      {"cat",
       [&] {
         cat({image, ones({2, 3, 5, 5})}, 0);
       }},
      {"pad2d", [&] { pad2d(image, {.left = -3, .right = -2}); }},
      {"pad2d", [&] { pad2d(image, {.left = std::int64_t{1} << 62, .right = std::int64_t{1} << 62}); }},
      {"broadcast_to",
       [&] {
         broadcast_to(image, {2, 3, 5, 5});
       }},
      {"group_norm", [&] { group_norm(image, 2); }},
      {"power_iteration", [&] { power_iteration(ones({3}), ones({3})); }},
      {"power_iteration", [&] { power_iteration(weight, ones({27})); }},
      {"power_iteration",
       [&] {
         power_iteration(weight, Tensor::ones({1, 3, 3, 3}, DType::f64));
       }},
      {"power_iteration",
       [&] {
         power_iteration(ones({0, 3}), ones({1, 3}));
       }},
      {"spectral_norm",
       [&] {
         spectral_norm(ones({4, 3}), {ones({4}), {}});
       }},
      {"spectral_norm",
       [&] {
         spectral_norm(ones({4, 3}), {ones({3}), ones({1, 3})});
       }},
      {"spectral_norm",
       [&] {
         spectral_norm(ones({4, 3}), {{}, ones({1, 3})});
       }},
      {"conv2d", [&] { conv2d(image, weight, ones({3})); }},
      {"conv2d",
       [&] {
         conv2d(image, ones({4, 3, 7, 7}));
       }},
      {"conv2d", [&] { conv2d(image, weight, {}, {.stride = 0}); }},
      {"conv2d", [&] { conv2d(image, weight, {}, {.padding = -1}); }},
      {"conv2d",
       [&] {
         conv2d(image, weight, {}, {.dilation = {1, 0}});
       }},
      {"conv2d", [&] { conv2d(image, weight, {}, {.groups = 3}); }},
      {"conv2d", [&] { conv2d(image, weight, {}, {.groups = 0}); }},
      {"conv2d",
       [&] {
         conv2d(ones({5, 4}), weight);
       }},
      {"conv2d", [&] { conv2d(image, weight.to(DType::f64)); }},
      {"conv_transpose2d", [&] { conv_transpose2d(image, weight); }},
      {"conv_transpose2d",
       [&] {
         conv_transpose2d(image, ones({3, 2, 3, 3}), {}, {.stride = 2, .output_padding = 2});
       }},
      {"conv_transpose2d",
       [&] {
         conv_transpose2d(image, ones({3, 2, 1, 1}), {}, {.padding = 3});
       }},
      {"batch_norm",
       [&] {
         batch_norm(ones({1, 3}), {}, {}, {}, {}, true);
       }},
      {"batch_norm",
       [&] {
         batch_norm(ones({1, 3, 1, 1}), {}, {}, {}, {}, true);
       }},
      {"batch_norm", [&] { batch_norm(image, {}, {}); }},
      {"batch_norm", [&] { batch_norm(image, {}, {}, ones({4}), {}, true); }},
      {"max_pool2d", [&] { max_pool2d(image, 6); }},
      {"max_pool2d", [&] { max_pool2d(image, 2, {.padding = 2}); }},
      {"max_pool2d",
       [&] {
         max_pool2d(ones({1, 1, 4, 4}), 2, {.padding = 1, .dilation = 5});
       }},
      {"max_pool2d", [&] { max_pool2d(image, 2, {.dilation = std::int64_t{1} << 62}); }},
      {"avg_pool2d",
       [&] {
         avg_pool2d(image, {2, 0});
       }},
      {"upsample_nearest2d", [&] { upsample_nearest2d(image, 0); }},
      {"upsample_bilinear2d",
       [&] {
         upsample_bilinear2d(ones({2, 3}), 2);
       }},
      {"bce_with_logits",
       [&] {
         bce_with_logits(ones({4, 1}), ones({4}));
       }},
      {"mse_loss",
       [&] {
         mse_loss(ones({4, 1}), ones({1, 4}));
       }},
      {"cross_entropy",
       [&] {
         cross_entropy(ones({2, 3}), ones({2}));
       }},
      {"cross_entropy",
       [&] {
         cross_entropy(ones({2, 3}), Tensor::full({2}, 3, DType::i64));
       }},
      {"cross_entropy",
       [&] {
         cross_entropy(ones({2, 3}), Tensor::full({3}, 1, DType::i64));
       }},
      {"log_softmax",
       [&] {
         log_softmax(ones({2, 3}), 2);
       }},
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    const std::string message = message_of(mistakes[i].second);
    const std::string& op = mistakes[i].first;
    EXPECT_TRUE(message.starts_with(op + ":")) << "case " << i << ": " << message;
    EXPECT_THAT(message, Not(HasSubstr("\n"))) << "case " << i;
    EXPECT_THAT(message, ::testing::ContainsRegex("[0-9]|no tensors|running_mean|mixed|does not compute|i64"))
        << "case " << i;
  }
}

}  // namespace
}  // namespace wisp::testing
