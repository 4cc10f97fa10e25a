// Folded norms: the layers before them compute the same, from what the trace says they do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/exchange/every_op_network.h>
#include <tests/message_of.h>
#include <wisp/exchange/fold_norms.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ops_of(const nn::Trace& trace) {
  std::vector<std::string> names;
  for (const nn::TracedOp& op : trace.ops) names.push_back(op.op);
  return names;
}

Size2d size_of(const nn::TracedOp& op, const char* name) {
  const auto& sides = attribute<std::vector<std::int64_t>>(op, name);
  return {sides[0], sides[1]};
}

// What the only op of the trace computes.
Tensor compute(const nn::Trace& trace, const Tensor& x) {
  const nn::TracedOp& op = trace.ops.at(0);
  const Tensor weight = trace.values[op.inputs[1]].tensor, bias = trace.values[op.inputs[2]].tensor;
  if (op.op == "linear") return linear(x, weight, bias);
  const std::int64_t groups = attribute<std::int64_t>(op, "groups");
  if (op.op == "conv2d")
    return conv2d(x, weight, bias,
                  {.stride = size_of(op, "stride"), .padding = size_of(op, "padding"), .groups = groups});
  return conv_transpose2d(x, weight, bias,
                          {.stride = size_of(op, "stride"), .padding = size_of(op, "padding"), .groups = groups});
}

void expect_folded(nn::Sequential network, const Tensor& x) {
  const NoGrad guard;
  const nn::Trace folded = fold_norms(nn::trace(network, {x}));
  ASSERT_EQ(folded.ops.size(), 1u);
  network.eval();
  const std::vector<double> actual = compute(folded, x).values<double>(), expected = network(x).values<double>();
  EXPECT_THAT(actual, ::testing::Pointwise(::testing::DoubleNear(1e-12), expected));
}

TEST(FoldNorms, IntoTheLayersBeforeThem) {
  Rng rng(1);
  const auto network = [&](auto layer, std::int64_t channels) {
    nn::Sequential result(layer, busy_norm(channels, rng));
    result.to(DType::f64);
    return result;
  };
  const Tensor image = Tensor::randn({2, 4, 5, 6}, rng, DType::f64);
  expect_folded(network(nn::Conv2d(4, 6, 3, {.stride = 2, .groups = 2}, rng), 6), image);
  expect_folded(network(nn::Conv2d(4, 3, 3, {.padding = 1, .bias = false}, rng), 3), image);
  expect_folded(network(nn::ConvTranspose2d(4, 6, {3, 2}, {.stride = 2, .groups = 2}, rng), 6), image);
  expect_folded(network(nn::ConvTranspose2d(4, 3, 3, {.padding = 1, .bias = false}, rng), 3), image);
  nn::BatchNorm1d norm(3);
  nn::init::normal_(norm.running_mean, 0.5, 1.0, rng);
  nn::Sequential dense(nn::Linear(5, 3, rng), norm);
  dense.to(DType::f64);
  expect_folded(dense, Tensor::randn({4, 5}, rng, DType::f64));
}

TEST(FoldNorms, OnlyWhereNothingElseSeesTheLayer) {
  Rng rng(1);
  const nn::Conv2d convolution(2, 2, 3, {.padding = 1}, rng);
  nn::BatchNorm2d norm = busy_norm(2, rng);
  norm.eval();  // it is no registered part of the networks
  Function seen([=](const Tensors& in) { return Tensors{norm(convolution(in[0])) + convolution(in[0])}; });
  const Tensor x = Tensor::randn({1, 2, 4, 4}, rng);
  EXPECT_THAT(ops_of(fold_norms(nn::trace(seen, {x}))), ElementsAre("conv2d", "conv2d", "add"));
  Function twice([=](const Tensors& in) {
    const Tensor y = convolution(in[0]);
    return Tensors{norm(y) + y};
  });
  EXPECT_THAT(ops_of(fold_norms(nn::trace(twice, {x}))), ElementsAre("conv2d", "batch_norm", "add"));
  Function given([=](const Tensors& in) {
    const Tensor y = convolution(in[0]);
    return Tensors{norm(y), y};
  });
  EXPECT_THAT(ops_of(fold_norms(nn::trace(given, {x}))), ElementsAre("conv2d", "batch_norm"));
  nn::Sequential alone(nn::ReLU(), norm, nn::ReLU());
  EXPECT_THAT(ops_of(fold_norms(nn::trace(alone, {x}))), ElementsAre("relu", "batch_norm", "relu"));
}

TEST(FoldNorms, OfNumbersThatAreNotFiniteIsAnError) {
  Rng rng(1);
  nn::BatchNorm2d norm = busy_norm(2, rng);
  norm.running_var.copy_(Tensor::full({2}, -1.0));
  nn::Sequential network(nn::Conv2d(1, 2, 1, {}, rng), norm);
  EXPECT_THAT(message_of([&] { fold_norms(nn::trace(network, {Tensor::ones({1, 1, 2, 2})})); }), HasSubstr("layer 0"));
}

}  // namespace
}  // namespace wisp::testing
