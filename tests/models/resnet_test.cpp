// ResNet: its size as the paper says, what its blocks compute, and that it learns and goes through files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <models/resnet.h>
#include <tests/temporary_folder.h>
#include <wisp/exchange/model_file.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/math.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/reduction.h>
#include <wisp/optim/sgd.h>

namespace wisp::models {
namespace {

std::int64_t parameter_count(const nn::Module& network) {
  std::int64_t count = 0;
  for (const Tensor& parameter : network.parameters()) count += parameter.numel();
  return count;
}

// Table 6 of the paper: 0.27 million parameters for 20 layers, 0.46 for 32, 0.85 for 56.
TEST(Resnet, IsAsLargeAsThePaperSays) {
  Rng rng(1);
  for (const auto& [blocks, millions] : {std::pair{3, 0.27}, std::pair{5, 0.46}, std::pair{9, 0.85}})
    EXPECT_NEAR(static_cast<double>(parameter_count(resnet({.channels = 3, .blocks = blocks}, rng))) * 1e-6, millions,
                0.01);
}

// Stages of one block, in the mode that evaluates, on images whose sizes are odd and differ.
TEST(Resnet, IsItsLayersOneAfterAnother) {
  Rng rng(2);
  nn::Sequential network = resnet({.channels = 2, .classes = 5, .blocks = 1, .width = 3}, rng);
  network.to(DType::f64);
  for (const auto& [name, buffer] : network.named_buffers())
    if (name.ends_with("running_mean")) Tensor(buffer).copy_(Tensor::randn(buffer.shape(), rng, DType::f64));
  network.eval();
  const nn::StateDict w = network.state_dict();
  const auto norm = [&](const Tensor& x, const std::string& at) {
    const auto channel = [&](const std::string& name) { return w.at(at + name).reshape({x.dim(1), 1, 1}); };
    return (x - channel(".running_mean")) / wisp::sqrt(channel(".running_var") + 1e-5) * channel(".weight") +
           channel(".bias");
  };
  const auto block = [&](const Tensor& x, const std::string& at, std::int64_t stride) {
    const Tensor inner =
        relu(norm(conv2d(x, w.at(at + ".conv1.weight"), {}, {.stride = stride, .padding = 1}), at + ".bn1"));
    const Tensor outer = norm(conv2d(inner, w.at(at + ".conv2.weight"), {}, {.padding = 1}), at + ".bn2");
    return relu(outer + (stride == 1 ? x
                                     : norm(conv2d(x, w.at(at + ".downsample.0.weight"), {}, {.stride = stride}),
                                            at + ".downsample.1")));
  };
  const Tensor x = Tensor::randn({2, 2, 7, 9}, rng, DType::f64);
  Tensor y = relu(norm(conv2d(x, w.at("0.weight"), {}, {.padding = 1}), "1"));
  y = block(block(block(y, "3", 1), "4", 2), "5", 2);
  EXPECT_EQ(y.shape(), (Shape{2, 12, 2, 3}));
  y = linear(mean(y, {2, 3}), w.at("7.weight"), w.at("7.bias"));
  const std::vector<double> expected = y.values<double>(), found = network(x).values<double>();
  ASSERT_EQ(found.size(), 10u);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-12);
}

TEST(Resnet, LearnsAHandfulByHeart) {
  Rng rng(3);
  nn::Sequential network = resnet({.classes = 4, .blocks = 1, .width = 4}, rng);
  optim::SGD optimizer(network.parameters(), {.lr = 0.1, .momentum = 0.9});
  const Tensor images = Tensor::randn({8, 1, 12, 12}, rng);
  const Tensor labels = Tensor::from({8}, std::vector<std::int64_t>{0, 1, 2, 3, 3, 2, 1, 0});
  double last = 0;
  for (int step = 0; step < 40; ++step) {
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(network(images), labels);
    loss.backward();
    optimizer.step();
    last = loss.item<float>();
  }
  EXPECT_LT(last, 0.05);
}

TEST(Resnet, GoesThroughFiles) {
  const testing::TemporaryFolder folder;
  Rng rng(4);
  nn::Sequential network = resnet({.blocks = 2, .width = 4}, rng);
  network.eval();
  save_model(folder / "resnet.safetensors", network);
  const Tensor x = Tensor::randn({2, 1, 28, 28}, rng);
  EXPECT_EQ((*load_model(folder / "resnet.safetensors"))(x).values<float>(), network(x).values<float>());
}

TEST(Resnet, RefusesOptionsBelowOne) {
  Rng rng(5);
  EXPECT_THROW(resnet({.classes = 0}, rng), Error);
  EXPECT_THROW(resnet({.width = -1}, rng), Error);
}

}  // namespace
}  // namespace wisp::models
