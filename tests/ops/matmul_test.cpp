// matmul and linear against torch.matmul's rules, written as loops; and the memory that broadcasting takes.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <wisp/autograd/gradcheck.h>
#include <wisp/core/allocator.h>
#include <wisp/core/rng.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/reduction.h>

#include <tests/threads.h>

namespace wisp::testing {
namespace {

std::vector<std::int64_t> extents_of(const Shape& shape) { return {shape.begin(), shape.end()}; }

// Where in row-major order the matrix of `batch` lies that belongs to the place `at` in `all`, in matrices.
std::int64_t matrix_at(const std::vector<std::int64_t>& batch, const std::vector<std::int64_t>& all, std::int64_t at) {
  std::int64_t result = 0, step = 1;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::int64_t index = at % all[all.size() - 1 - i];
    at /= all[all.size() - 1 - i];
    if (i >= batch.size()) continue;
    const std::int64_t extent = batch[batch.size() - 1 - i];
    result += (extent == 1 ? 0 : index) * step;
    step *= extent;
  }
  return result;
}

struct Answer {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

// torch.matmul's documentation as loops.
Answer expected(const Tensor& a, const Tensor& b) {
  std::vector<std::int64_t> left = extents_of(a.shape()), right = extents_of(b.shape());
  if (a.rank() == 1) left.insert(left.begin(), 1);
  if (b.rank() == 1) right.push_back(1);
  const std::int64_t m = left[left.size() - 2], k = left.back(), n = right.back();
  left.resize(left.size() - 2);
  right.resize(right.size() - 2);
  Answer answer;
  for (std::size_t i = std::max(left.size(), right.size()); i > 0; --i) {
    const std::int64_t p = i <= left.size() ? left[left.size() - i] : 1;
    const std::int64_t q = i <= right.size() ? right[right.size() - i] : 1;
    answer.shape.push_back(p == 1 ? q : p);
  }
  const std::int64_t count = Shape(answer.shape).numel();
  const std::vector<double> x = a.values<double>(), y = b.values<double>();
  for (std::int64_t at = 0; at < count; ++at) {
    const std::int64_t p = matrix_at(left, answer.shape, at) * m * k, q = matrix_at(right, answer.shape, at) * k * n;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t l = 0; l < k; ++l)
          sum += x[static_cast<std::size_t>(p + i * k + l)] * y[static_cast<std::size_t>(q + l * n + j)];
        answer.values.push_back(sum);
      }
  }
  if (a.rank() > 1) answer.shape.push_back(m);
  if (b.rank() > 1) answer.shape.push_back(n);
  return answer;
}

// Shapes of ranks 1 to 5 whose batches broadcast in every way, empty ones among them.
const std::vector<std::pair<Shape, Shape>> pairs = {{{3}, {3}},
                                                    {{3}, {3, 2}},
                                                    {{2, 3}, {3}},
                                                    {{2, 3}, {3, 4}},
                                                    {{3}, {2, 3, 4}},
                                                    {{2, 4, 3}, {3}},
                                                    {{5, 2, 3}, {3, 4}},
                                                    {{2, 3}, {5, 3, 4}},
                                                    {{5, 2, 3}, {5, 3, 4}},
                                                    {{1, 2, 3}, {5, 3, 4}},
                                                    {{5, 1, 2, 3}, {4, 3, 2}},
                                                    {{2, 5, 2, 3}, {2, 5, 3, 4}},
                                                    {{2, 1, 2, 3}, {1, 5, 3, 4}},
                                                    {{2, 5, 2, 3}, {3, 4}},
                                                    {{3}, {2, 5, 3, 4}},
                                                    {{2, 1, 3, 2, 3}, {4, 1, 3, 4}},
                                                    {{2, 4, 3, 2, 3}, {2, 1, 3, 3, 2}},
                                                    {{0, 2, 3}, {3, 4}},
                                                    {{1, 2, 3}, {0, 3, 4}},
                                                    {{2, 0}, {0, 3}},
                                                    {{0}, {0}},
                                                    {{4, 2, 0}, {0, 3}},
                                                    {{3, 1, 2, 0}, {4, 0, 2}}};

TEST(Matmul, IsPyTorchsRuleForEveryRank) {
  Rng rng(1);
  for (const auto& [left, right] : pairs) {
    const Tensor a = Tensor::randn(left, rng, DType::f64), b = Tensor::randn(right, rng, DType::f64);
    const Answer answer = expected(a, b);
    const std::string names = left.to_string() + " " + right.to_string();
    const Tensor y = matmul(a, b);
    ASSERT_EQ(extents_of(y.shape()), answer.shape) << names;
    const std::vector<double> values = y.values<double>();
    ASSERT_EQ(values.size(), answer.values.size());
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], answer.values[i], 1e-13) << names;
  }
}

TEST(Matmul, DerivativesOfBothOrdersAreRightHoweverItBroadcasts) {
  Rng rng(2);
  const auto function = [](const Tensors& in) { return Tensors{matmul(in[0], in[1])}; };
  for (const auto& [left, right] : pairs) {
    const Tensor a = Tensor::randn(left, rng, DType::f64).set_requires_grad(true),
                 b = Tensor::randn(right, rng, DType::f64).set_requires_grad(true);
    const std::string names = left.to_string() + " " + right.to_string();
    EXPECT_TRUE(gradcheck(function, {a, b})) << names;
    if (a.numel() * b.numel() <= 1000) {
      EXPECT_TRUE(gradgradcheck(function, {a, b})) << names;
    }
  }
}

// One matrix beside 512 others: neither it nor its gradient is repeated 512 times.
TEST(Matmul, BroadcastingTakesNoMemory) {
  Rng rng(3);
  const Tensor images = Tensor::randn({512, 8, 64}, rng), matrix = Tensor::randn({64, 64}, rng);
  const Tensor columns = Tensor::randn({512, 64, 8}, rng);
  const std::size_t operand = 512 * 8 * 64 * sizeof(float);  // 1 MiB; the matrix repeated has 8
  const auto peak = [&](const Tensor& a, const Tensor& b) {
    const Tensor left = a.detach().set_requires_grad(true), right = b.detach().set_requires_grad(true);
    release_cached_memory();
    const std::size_t before = allocator_statistics().bytes_held;
    sum(matmul(left, right)).backward();
    return allocator_statistics().bytes_held - before;
  };
  EXPECT_LE(peak(images, matrix), 4 * operand);
  EXPECT_LE(peak(matrix, columns), 6 * operand);
}

TEST(Matmul, TheNumberOfThreadsChangesNothing) {
  Rng rng(4);
  const Tensor a = Tensor::randn({7, 1, 33, 20}, rng), b = Tensor::randn({3, 20, 65}, rng);
  const auto with = [&](int threads) {
    const Threads set(threads);
    const Tensor left = a.detach().set_requires_grad(true), right = b.detach().set_requires_grad(true);
    const Tensor y = matmul(left, right);
    sum(y * y).backward();
    return std::vector{y.values<float>(), left.grad().values<float>(), right.grad().values<float>()};
  };
  EXPECT_EQ(with(1), with(2));
  EXPECT_EQ(with(1), with(3));
}

TEST(Linear, WithoutFeaturesIsTheBias) {
  const Tensor bias = Tensor::from({3}, {1.0f, 2.0f, 3.0f}).set_requires_grad(true);
  const Tensor input = Tensor::zeros({2, 0}).set_requires_grad(true),
               weight = Tensor::zeros({3, 0}).set_requires_grad(true);
  const Tensor y = linear(input, weight, bias);
  EXPECT_EQ(y.values<float>(), (std::vector<float>{1, 2, 3, 1, 2, 3}));
  sum(y).backward();
  EXPECT_EQ(bias.grad().values<float>(), (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(input.grad().shape(), input.shape());
  EXPECT_EQ(weight.grad().shape(), weight.shape());
  EXPECT_EQ(linear(Tensor::zeros({2, 0}), Tensor::zeros({3, 0})).values<float>(), std::vector<float>(6, 0.0f));
  EXPECT_EQ(linear(Tensor::zeros({0}), Tensor::zeros({2, 0})).values<float>(), std::vector<float>(2, 0.0f));
}

}  // namespace
}  // namespace wisp::testing
