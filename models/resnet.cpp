#include <models/resnet.h>

#include <cmath>
#include <optional>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/description.h>
#include <wisp/nn/init.h>
#include <wisp/nn/linear.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/reduction.h>

namespace wisp::models {
namespace {

nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t stride, Rng& rng) {
  nn::Conv2d result(in, out, 3, {.stride = stride, .padding = 1, .bias = false}, rng);
  nn::init::normal_(result.weight, 0, std::sqrt(2 / (9.0 * static_cast<double>(out))), rng);
  return result;
}

// relu(f(x) + x): two convolutions 3 x 3 with BatchNorm, the first with the stride. Children are named as
// torchvision's.
class BasicBlock : public nn::Module {
 public:
  BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride_of_first, Rng& rng)
      : in_channels(in),
        out_channels(out),
        stride(stride_of_first),
        conv1_(register_module("conv1", convolution(in, out, stride, rng))),
        bn1_(register_module("bn1", nn::BatchNorm2d(out))),
        conv2_(register_module("conv2", convolution(out, out, 1, rng))),
        bn2_(register_module("bn2", nn::BatchNorm2d(out))) {
    if (in == out && stride == 1) return;
    downsample_ = register_module(
        "downsample",
        nn::Sequential(nn::Conv2d(in, out, 1, {.stride = stride, .bias = false}, rng), nn::BatchNorm2d(out)));
  }

  Tensor forward(const Tensor& x) const override {
    const Tensor shortcut = downsample_ ? (*downsample_)(x) : x;
    return relu(bn2_(conv2_(relu(bn1_(conv1_(x))))) + shortcut);
  }

  const std::int64_t in_channels, out_channels, stride;

 private:
  nn::Conv2d conv1_;
  nn::BatchNorm2d bn1_;
  nn::Conv2d conv2_;
  nn::BatchNorm2d bn2_;
  std::optional<nn::Sequential> downsample_;
};

// The mean over all pixels: (N, C, H, W) -> (N, C).
class GlobalAveragePool : public nn::Module {
 public:
  Tensor forward(const Tensor& x) const override { return mean(x, {2, 3}); }
};

const bool block_is_known =
    nn::register_type<BasicBlock>("BasicBlock", {"in_channels", "out_channels", "stride"}, &BasicBlock::in_channels,
                                  &BasicBlock::out_channels, &BasicBlock::stride);
const bool pool_is_known = nn::register_type<GlobalAveragePool>("GlobalAveragePool");

}  // namespace

nn::Sequential resnet(const ResnetOptions& options, Rng& rng) {
  for (const auto& [name, value] : {std::pair{"channels", options.channels}, std::pair{"classes", options.classes},
                                    std::pair{"blocks", options.blocks}, std::pair{"width", options.width}})
    check(value >= 1, "resnet: {} must be at least 1, given {}", name, value);
  nn::Sequential network(convolution(options.channels, options.width, 1, rng), nn::BatchNorm2d(options.width),
                         nn::ReLU());
  std::int64_t channels = options.width;
  for (const std::int64_t times : {1, 2, 4})
    for (std::int64_t block = 0; block < options.blocks; ++block) {
      const std::int64_t out = times * options.width;
      network.push_back(BasicBlock(channels, out, out == channels ? 1 : 2, rng));
      channels = out;
    }
  network.push_back(GlobalAveragePool());
  network.push_back(nn::Linear(channels, options.classes, rng));
  return network;
}

}  // namespace wisp::models
