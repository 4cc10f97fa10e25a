// Autocast: which dtypes come out, how close to f32 the numbers stay, and that rounded weights are never stale.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <thread>

#include <tests/ops/op_table.h>
#include <wisp/autograd/backward.h>
#include <wisp/core/allocator.h>
#include <wisp/core/rng.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/math.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/reduction.h>
#include <wisp/optim/sgd.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr double u_f32 = 1.0 / (1 << 24), u_bf16 = 1.0 / (1 << 8);

std::vector<double> numbers(const Tensor& x) { return x.to(DType::f64).values<double>(); }

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::randn(shape, rng);
}

// x rounded to bf16, as f64.
Tensor rounded(const Tensor& x) { return x.detach().to(DType::bf16).to(DType::f64); }

// An op of an input and a weight that sums at most `terms` products.
struct Case {
  const char* name;
  Shape input, weight, bias;
  double terms;
  std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)> op;
};

std::vector<Case> cases() {
  return {{"conv2d",
           {3, 5, 9, 7},
           {4, 5, 3, 2},
           {4},
           5 * 3 * 2,
           [](const Tensor& x, const Tensor& w, const Tensor& b) {
             return conv2d(x, w, b, {.stride = {2, 3}, .padding = {1, 0}});
           }},
          {"conv2d of groups",
           {2, 6, 5, 8},
           {4, 3, 2, 3},
           {4},
           3 * 2 * 3,
           [](const Tensor& x, const Tensor& w, const Tensor& b) {
             return conv2d(x, w, b, {.padding = 1, .dilation = {2, 1}, .groups = 2});
           }},
          {"conv_transpose2d",
           {3, 5, 4, 3},
           {5, 4, 3, 2},
           {4},
           5 * 3 * 2,
           [](const Tensor& x, const Tensor& w, const Tensor& b) {
             return conv_transpose2d(x, w, b, {.stride = {2, 3}, .padding = {1, 0}});
           }},
          {"linear", {3, 2, 37}, {11, 37}, {11}, 37, [](const Tensor& x, const Tensor& w, const Tensor& b) {
             return linear(x, w, b);
           }}};
}

// |actual - expected| <= (K + 2) u sum |a b| and half an ulp of bf16, where `magnitude` is the sum.
void expect_bf16_of(const Tensor& actual, const Tensor& expected, const Tensor& magnitude, double terms) {
  ASSERT_EQ(actual.dtype(), DType::bf16);
  ASSERT_EQ(actual.shape(), expected.shape());
  const auto a = numbers(actual), b = numbers(expected), m = numbers(magnitude);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double radius = (terms + 2) * u_f32 * m[i];
    ASSERT_LE(std::abs(a[i] - b[i]), radius + u_bf16 * (std::abs(b[i]) + radius)) << "element " << i;
  }
}

double relative_difference(const Tensor& actual, const Tensor& expected) {
  const auto a = numbers(actual), b = numbers(expected);
  double difference = 0, scale = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    scale += b[i] * b[i];
  }
  return std::sqrt(difference / scale);
}

// Whether every number survives rounding to bf16.
bool is_rounded(const Tensor& x) { return numbers(x) == numbers(x.to(DType::bf16)); }

// ---- values

TEST(Autocast, ProductsAreSumsOfRoundedOperandsRoundedOnce) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Tensor x = normal(c.input, 1), w = normal(c.weight, 2);
    const Autocast scope;
    expect_bf16_of(c.op(x, w, {}), c.op(rounded(x), rounded(w), {}), c.op(abs(rounded(x)), abs(rounded(w)), {}),
                   c.terms);
  }
}

TEST(Autocast, MatmulRoundsBothOperands) {
  const Tensor a = normal({2, 3, 5, 33}, 1), b = normal({3, 33, 7}, 2);
  const Autocast scope;
  expect_bf16_of(matmul(a, b), matmul(rounded(a), rounded(b)), matmul(abs(rounded(a)), abs(rounded(b))), 33);
  EXPECT_EQ(matmul(a, b.to(DType::bf16)).dtype(), DType::bf16);
}

// The sum is rounded, the bias is rounded, and what they add up to is.
TEST(Autocast, BiasIsAddedInBf16) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Tensor x = normal(c.input, 1), w = normal(c.weight, 2), bias = normal(c.bias, 3);
    const Autocast scope;
    const Tensor actual = c.op(x, w, bias);
    ASSERT_EQ(actual.dtype(), DType::bf16);
    const auto a = numbers(actual), expected = numbers(c.op(rounded(x), rounded(w), rounded(bias))),
               without = numbers(c.op(rounded(x), rounded(w), {}));
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_LE(std::abs(a[i] - expected[i]), 1.02 * u_bf16 * (std::abs(expected[i]) + std::abs(without[i])) + 1e-5);
  }
}

TEST(Autocast, F64IsLeftAlone) {
  for (const Case& c : cases()) {
    const Tensor x = normal(c.input, 1).to(DType::f64), w = normal(c.weight, 2).to(DType::f64),
                 b = normal(c.bias, 3).to(DType::f64);
    const std::vector<double> without = c.op(x, w, b).values<double>();
    const Autocast scope;
    EXPECT_EQ(c.op(x, w, b).values<double>(), without) << c.name;
  }
}

// ---- gradients

// Weights' gradients are sums in f32 of the bf16 numbers, and are not rounded to bf16; inputs' gradients are.
TEST(Autocast, GradientsHaveTheDTypesOfTheirTensors) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Tensor x = normal(c.input, 1).set_requires_grad(true), w = normal(c.weight, 2).set_requires_grad(true),
                 b = normal(c.bias, 3).set_requires_grad(true);
    Tensor y;
    {
      const Autocast scope;
      y = c.op(x, w, b);
    }
    const Tensor g = normal(y.shape(), 4).to(DType::bf16);
    y.backward({.gradient = g});  // outside the scope: backward follows what was recorded
    for (const Tensor& leaf : {x, w, b}) ASSERT_EQ(leaf.grad().dtype(), DType::f32);

    const Tensor wide_x = rounded(x).set_requires_grad(true), wide_w = rounded(w).set_requires_grad(true),
                 wide_b = rounded(b).set_requires_grad(true);
    const Tensors expected =
        grad({c.op(wide_x, wide_w, wide_b)}, {wide_x, wide_w, wide_b}, {.grad_outputs = {g.to(DType::f64)}});
    EXPECT_LE(relative_difference(w.grad(), expected[1]), 1e-6);
    EXPECT_FALSE(is_rounded(w.grad()));
    EXPECT_GE(relative_difference(w.grad().to(DType::bf16), expected[1]), 1e-4);  // what rounding would have cost
    EXPECT_LE(relative_difference(x.grad(), expected[0]), u_bf16);
    EXPECT_TRUE(is_rounded(x.grad()));
    EXPECT_LE(relative_difference(b.grad(), expected[2]), u_bf16);
  }
}

TEST(Autocast, MatmulGradientsOfF32LeavesAreF32) {
  const Tensor a = normal({4, 9}, 1).set_requires_grad(true), b = normal({9, 5}, 2).set_requires_grad(true);
  Tensor y;
  {
    const Autocast scope;
    y = matmul(a, b);
  }
  const Tensor g = normal({4, 5}, 3).to(DType::bf16);
  y.backward({.gradient = g});
  ASSERT_EQ(a.grad().dtype(), DType::f32);
  ASSERT_EQ(b.grad().dtype(), DType::f32);
  const Tensor wide = g.to(DType::f64);
  EXPECT_LE(relative_difference(a.grad(), matmul(wide, rounded(b).permute({1, 0}))), u_bf16);
  EXPECT_LE(relative_difference(b.grad(), matmul(rounded(a).permute({1, 0}), wide)), u_bf16);
}

// A gradient penalty: differentiates through the input gradient of a small critic.
Tensors penalty_gradients(const Tensors& in, bool with_batch_norm) {
  const Tensor &x = in[0], &w1 = in[1], &w2 = in[2], &w3 = in[3], &scale = in[4];
  const Tensor c = conv2d(x, w1, {}, {.stride = 2, .padding = 1});
  const Tensor h =
      with_batch_norm ? batch_norm_leaky_relu(c, {}, {}, scale, {}, true, 0.1, 1e-5, 0.2) : leaky_relu(c, 0.2);
  const Tensor t = tanh(conv_transpose2d(h, w2, {}, {.stride = 2}));
  const Tensor y = linear(t.reshape({t.dim(0), -1}), w3);
  const Tensor slope = grad({sum(y)}, {x}, {.create_graph = true})[0];
  Tensors wanted(in.begin(), with_batch_norm ? in.end() : in.end() - 1);
  return grad({sum(square(slope))}, wanted, {.allow_unused = true});
}

void expect_second_order_close_to_f64(bool with_batch_norm) {
  Tensors narrow = {normal({3, 2, 7, 9}, 1), normal({4, 2, 3, 2}, 2), normal({4, 3, 2, 3}, 3),
                    normal({6, 3 * 8 * 11}, 4) * 0.1, normal({4}, 5)},
          wide;
  for (Tensor& tensor : narrow) {
    tensor.set_requires_grad(true);
    wide.push_back(tensor.detach().to(DType::f64).set_requires_grad(true));
  }
  const Tensors expected = penalty_gradients(wide, with_batch_norm);
  Tensors actual;
  {
    const Autocast scope;
    actual = penalty_gradients(narrow, with_batch_norm);
  }
  ASSERT_EQ(actual.size(), with_batch_norm ? 5u : 4u);
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_TRUE(actual[i].defined());
    EXPECT_EQ(actual[i].dtype(), DType::f32) << i;
    const double difference = relative_difference(actual[i], expected[i]);
    EXPECT_LE(difference, 3e-2) << i;
    EXPECT_GE(difference, 1e-4) << i;  // it did run in bf16
  }
}

TEST(Autocast, SecondOrderGradientsAreCloseToF64) { expect_second_order_close_to_f64(false); }

TEST(Autocast, SecondOrderGradientsThroughBatchNormAreCloseToF64) { expect_second_order_close_to_f64(true); }

// ---- batch_norm and losses

TEST(Autocast, BatchNormTakesBf16WithF32Parameters) {
  for (const bool training : {true, false})
    for (const double slope : {0.2, 1.0}) {
      SCOPED_TRACE(::testing::Message() << (training ? "training" : "evaluation") << " slope " << slope);
      const Tensor x = normal({3, 5, 9, 7}, 1).to(DType::bf16).set_requires_grad(true);
      const Tensor weight = normal({5}, 2).set_requires_grad(true), bias = normal({5}, 3).set_requires_grad(true);
      const Tensor mean = normal({5}, 4), variance = abs(normal({5}, 5)) + 0.5;
      const Tensor g = normal(x.shape(), 6).to(DType::bf16);
      const auto wide = [](const Tensor& t) { return t.detach().to(DType::f64); };
      const Tensors f64 = {wide(x).set_requires_grad(true), wide(weight).set_requires_grad(true),
                           wide(bias).set_requires_grad(true)};
      const Tensor wide_mean = wide(mean), wide_variance = wide(variance);
      const Tensor expected =
          batch_norm_leaky_relu(f64[0], wide_mean, wide_variance, f64[1], f64[2], training, 0.1, 1e-5, slope);
      const Tensors gradients = grad({expected}, f64, {.grad_outputs = {wide(g)}});

      const Tensor y = batch_norm_leaky_relu(x, mean, variance, weight, bias, training, 0.1, 1e-5, slope);
      ASSERT_EQ(y.dtype(), DType::bf16);
      const auto a = numbers(y), b = numbers(expected);
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_LE(std::abs(a[i] - b[i]), u_bf16 * std::abs(b[i]) + 1e-5) << i;
      y.backward({.gradient = g});
      EXPECT_EQ(x.grad().dtype(), DType::bf16);
      EXPECT_LE(relative_difference(x.grad(), gradients[0]), u_bf16);
      ASSERT_EQ(weight.grad().dtype(), DType::f32);
      ASSERT_EQ(bias.grad().dtype(), DType::f32);
      EXPECT_LE(relative_difference(weight.grad(), gradients[1]), 1e-5);
      EXPECT_LE(relative_difference(bias.grad(), gradients[2]), 1e-5);
      EXPECT_LE(relative_difference(mean, wide_mean), 1e-6);
      EXPECT_LE(relative_difference(variance, wide_variance), 1e-6);
    }
}

TEST(Autocast, BatchNormOfBf16WithBf16ParametersIsAnError) {
  const Tensor x = normal({3, 5, 2, 2}, 1).to(DType::bf16);
  EXPECT_THAT([&] { batch_norm(x, {}, {}, Tensor::ones({5}, DType::bf16), {}, true); },
              ThrowsMessage<Error>(AllOf(HasSubstr("batch_norm: weight must be f32"), HasSubstr("bf16"))));
}

TEST(Autocast, LossesOfBf16AreThoseOfTheSameNumbersInF32) {
  const Tensor x = normal({6, 5}, 1).to(DType::bf16), t = sigmoid(normal({6, 5}, 2)).to(DType::bf16);
  const Tensor wide_x = x.to(DType::f32), wide_t = t.to(DType::f32);
  const Tensor classes = Tensor::from({6}, std::vector<std::int64_t>{0, 4, 2, 1, 1, 3});
  for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum}) {
    const std::pair<Tensor, Tensor> pairs[] = {
        {bce_with_logits(x, t, reduction), bce_with_logits(wide_x, wide_t, reduction)},
        {mse_loss(x, t, reduction), mse_loss(wide_x, wide_t, reduction)},
        {cross_entropy(x, classes, reduction), cross_entropy(wide_x, classes, reduction)}};
    for (const auto& [actual, expected] : pairs) EXPECT_EQ(actual.values<float>(), expected.values<float>());
  }
  const Tensor leaf = x.detach().set_requires_grad(true);
  bce_with_logits(leaf, t).backward();
  EXPECT_EQ(leaf.grad().dtype(), DType::bf16);
}

// ---- the scope

TEST(Autocast, InnermostScopeDecides) {
  const Tensor x = normal({2, 3, 5, 4}, 1), w = normal({2, 3, 2, 2}, 2);
  const auto dtype = [&] { return conv2d(x, w).dtype(); };
  EXPECT_FALSE(autocast_enabled());
  {
    const Autocast on;
    EXPECT_TRUE(autocast_enabled());
    {
      const Autocast off(false);
      EXPECT_FALSE(autocast_enabled());
      EXPECT_EQ(dtype(), DType::f32);
      const Autocast on_again;
      EXPECT_EQ(dtype(), DType::bf16);
    }
    EXPECT_EQ(dtype(), DType::bf16);
  }
  EXPECT_EQ(dtype(), DType::f32);
}

TEST(Autocast, EndsWithItsScopeAlsoWhenAnErrorIsThrown) {
  try {
    const Autocast scope;
    conv2d(Tensor::ones({1, 2, 3, 3}), Tensor::ones({1, 3, 2, 2}));
  } catch (const Error&) {
  }
  EXPECT_FALSE(autocast_enabled());
}

TEST(Autocast, IsOfOneThread) {
  const Autocast scope;
  bool elsewhere = true;
  std::thread([&] { elsewhere = autocast_enabled(); }).join();
  EXPECT_FALSE(elsewhere);
  EXPECT_TRUE(autocast_enabled());
}

TEST(Autocast, OutsideMixedDTypesAreErrors) {
  for (const Case& c : cases()) {
    const Tensor x = normal(c.input, 1), w = normal(c.weight, 2), b = normal(c.bias, 3);
    const auto mixed = ThrowsMessage<Error>(AllOf(HasSubstr("bf16"), HasSubstr("f32"), HasSubstr("are mixed")));
    EXPECT_THAT([&] { c.op(x.to(DType::bf16), w, {}); }, mixed) << c.name;
    EXPECT_THAT([&] { c.op(x, w.to(DType::bf16), {}); }, mixed) << c.name;
    EXPECT_THAT([&] { c.op(x, w, b.to(DType::bf16)); }, mixed) << c.name;
  }
}

TEST(Autocast, InsideF64WithOtherDTypesIsAnError) {
  const Autocast scope;
  for (const Case& c : cases()) {
    const Tensor x = normal(c.input, 1), w = normal(c.weight, 2), b = normal(c.bias, 3);
    const auto mixed = ThrowsMessage<Error>(AllOf(HasSubstr("f64"), HasSubstr("are mixed")));
    EXPECT_THAT([&] { c.op(x.to(DType::f64), w, {}); }, mixed) << c.name;
    EXPECT_THAT([&] { c.op(x, w.to(DType::f64), {}); }, mixed) << c.name;
    EXPECT_THAT([&] { c.op(x, w, b.to(DType::f64)); }, mixed) << c.name;
  }
}

// ---- rounded weights

TEST(Converted, KeepsOneCopyPerVersion) {
  const Tensor w = normal({4, 3, 2, 2}, 1);
  const Tensor first = detail::converted(w, DType::bf16);
  EXPECT_EQ(numbers(first), numbers(rounded(w)));
  EXPECT_EQ(detail::converted(w, DType::bf16).storage(), first.storage());
  EXPECT_TRUE(detail::converted(w, DType::f32).is(w));
  EXPECT_FALSE(detail::converted(Tensor(w).set_requires_grad(true), DType::bf16).requires_grad());
}

// However the numbers of a weight change, the next product sees the new ones.
TEST(Converted, IsNeverStale) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Tensor x = normal(c.input, 1);
    Tensor w = normal(c.weight, 2).set_requires_grad(true);
    optim::SGD optimizer({w}, {.lr = 0.5});
    const auto product = [&](const Tensor& weight) {
      const Autocast scope;
      return c.op(x, weight, {});
    };
    const auto expect_fresh = [&](const char* change) {
      // A weight that nobody has seen before, with the same numbers.
      EXPECT_EQ(numbers(product(w)), numbers(product(w.detach() + 0.0))) << "after " << change;
    };
    std::vector<double> before = numbers(product(w));
    const auto expect_changed = [&](const char* change) {
      expect_fresh(change);
      const std::vector<double> now = numbers(product(w));
      EXPECT_NE(now, before) << "after " << change;
      before = now;
    };
    w.copy_(normal(c.weight, 3));
    expect_changed("copy_");
    w.mutable_data<float>()[0] += 2.0f;
    expect_changed("mutable_data");
    sum(square(product(w).to(DType::f32))).backward();
    optimizer.step();
    expect_changed("an optimizer's step");
    w.set_data(normal(c.weight, 4));
    expect_changed("set_data");
  }
}

// At the latest when something else is converted.
TEST(Converted, CopiesDieWithTheWeight) {
  Tensor other = normal({1000}, 2);
  detail::converted(other, DType::bf16);
  const std::size_t before = allocator_statistics().bytes_in_use;
  for (std::uint64_t i = 0; i < 5; ++i) {
    const Tensor w = normal({1 << 16}, i);
    detail::converted(w, DType::bf16);
    EXPECT_GE(allocator_statistics().bytes_in_use, before + (6u << 16));
  }
  other.mutable_data<float>()[0] = 1.0f;
  detail::converted(other, DType::bf16);
  EXPECT_EQ(allocator_statistics().bytes_in_use, before);
}

// A weight that changes at every step is kept in its newest version alone.
TEST(Converted, OldVersionsAreFreed) {
  Tensor w = normal({1 << 16}, 1);
  detail::converted(w, DType::bf16);
  const std::size_t before = allocator_statistics().bytes_in_use;
  for (int step = 0; step < 5; ++step) {
    w.mutable_data<float>()[0] += 1.0f;
    detail::converted(w, DType::bf16);
  }
  EXPECT_EQ(allocator_statistics().bytes_in_use, before);
}

// ---- ops in bf16

// The op on the same numbers in f32, rounded, to the bit.
void expect_rounded_once(const char* name, const Tensors& in, const std::function<Tensor(const Tensors&)>& op) {
  Tensors wide;
  for (const Tensor& x : in) wide.push_back(x.to(DType::f32));
  const Tensor actual = op(in);
  ASSERT_EQ(actual.dtype(), DType::bf16) << name;
  EXPECT_EQ(numbers(actual), numbers(op(wide).to(DType::bf16))) << name;
}

TEST(Bf16Ops, ComputeInF32AndRoundOnce) {
  const Tensor x = normal({3, 5, 7, 2}, 1).to(DType::bf16), y = normal({5, 7, 1}, 2).to(DType::bf16),
               z = normal({3, 5, 7, 2}, 3).to(DType::bf16), positive = abs(x) + 0.5;
  for (const auto& [name, row] : op_table())
    for (const Sample& sample : row.samples)
      if (row.is_elementwise() && sample.inputs.size() == 1)
        expect_rounded_once(name.c_str(), {sample.positive.empty() ? x : positive}, [&](const Tensors& t) {
          return row.call({{{"input", t[0]}}, sample.options});
        });
  expect_rounded_once("sign", {x}, [](const Tensors& t) { return sign(t[0]); });
  expect_rounded_once("leaky_relu_backward", {x, z},
                      [](const Tensors& t) { return leaky_relu_backward(t[0], t[1], 0.2); });
  for (const Tensor& other : {y, z}) {
    expect_rounded_once("add", {x, other}, [](const Tensors& t) { return t[0] + t[1]; });
    expect_rounded_once("sub", {x, other}, [](const Tensors& t) { return t[1] - t[0]; });
    expect_rounded_once("mul", {x, other}, [](const Tensors& t) { return t[0] * t[1]; });
    expect_rounded_once("div", {other, positive}, [](const Tensors& t) { return t[0] / t[1]; });
  }
}

TEST(Bf16Ops, ReductionsAddUpInF32AtLeast) {
  const Tensor x = normal({3, 50, 7, 9}, 1).to(DType::bf16);
  for (const std::vector<int>& dims : {std::vector<int>{}, {1}, {0, 2, 3}, {-1}}) {
    expect_rounded_once("sum", {x}, [&](const Tensors& t) { return sum(t[0], dims); });
    expect_rounded_once("mean", {x}, [&](const Tensors& t) { return mean(t[0], dims); });
    expect_rounded_once("amax", {x}, [&](const Tensors& t) { return amax(t[0], dims); });
  }
  // A running sum in bf16 would stop at 256.
  EXPECT_EQ(static_cast<float>(sum(Tensor::ones({1000}, DType::bf16)).item<bfloat16>()), 1000.0f);
}

}  // namespace
}  // namespace wisp::testing
