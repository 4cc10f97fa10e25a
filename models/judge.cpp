#include <models/judge.h>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/linear.h>

namespace wisp::models {

Judge::Judge(std::int64_t classes, Rng& rng) {
  check(classes >= 2, "Judge: at least 2 classes are needed, given {}", classes);
  nn::Sequential body;
  const auto push_convolution = [&](std::int64_t from, std::int64_t to, std::int64_t kernel, std::int64_t stride,
                                    std::int64_t padding) {
    body.push_back(nn::Conv2d(from, to, kernel, {.stride = stride, .padding = padding, .bias = false}, rng));
    body.push_back(nn::BatchNorm2d(to));
    body.push_back(nn::ReLU());
  };
  push_convolution(1, 32, 5, 1, 2);
  push_convolution(32, 48, 4, 2, 1);
  push_convolution(48, 64, 4, 2, 1);
  push_convolution(64, 64, 3, 2, 1);
  body.push_back(nn::Flatten());
  body.push_back(nn::Linear(64 * 4 * 4, feature_count, rng));
  body.push_back(nn::ReLU());
  body_ = register_module("features", body);
  head_ = register_module("classifier", nn::Sequential(nn::Linear(feature_count, classes, rng)));
}

}  // namespace wisp::models
