// The three convolution kernels give the same bits for any thread count; geometry_test compares them with their
// definition.
#include <gtest/gtest.h>

#include <cstring>

#include <tests/geometry/random_geometry.h>
#include <tests/threads.h>

namespace wisp::testing {
namespace {

// What the three kernels make of random operands.
struct Results {
  std::vector<float> conv, grad_input, grad_weight;

  explicit Results(const Conv2dGeometry& g)
      : conv(static_cast<std::size_t>(g.output_numel())),
        grad_input(static_cast<std::size_t>(g.input_numel())),
        grad_weight(static_cast<std::size_t>(g.weight_numel())) {
    Rng rng(14);
    const auto x = random_values<float>(g.input_numel(), rng), w = random_values<float>(g.weight_numel(), rng),
               y = random_values<float>(g.output_numel(), rng);
    kernels::conv2d(g, x.data(), w.data(), conv.data());
    kernels::conv2d_grad_input(g, y.data(), w.data(), grad_input.data());
    kernels::conv2d_grad_weight(g, x.data(), y.data(), grad_weight.data());
  }
};

Results with_threads(int count, const Conv2dGeometry& g) {
  const Threads guard(count);
  return Results(g);
}

// Layers of the 28 x 28 DCGAN and random geometries, bit for bit.
TEST(Conv2dDeterminism, SameBitsForAnyThreadCount) {
  Rng rng(13);
  std::vector<Conv2dGeometry> cases = {{8, 1, 64, 1, {28, 14, 4, 2, 1, 1}, {28, 14, 4, 2, 1, 1}},
                                       {8, 64, 128, 1, {14, 7, 4, 2, 1, 1}, {14, 7, 4, 2, 1, 1}},
                                       {8, 128, 256, 1, {7, 4, 3, 2, 1, 1}, {7, 4, 3, 2, 1, 1}},
                                       {8, 256, 1, 1, {3, 1, 3, 1, 0, 1}, {3, 1, 3, 1, 0, 1}},
                                       {8, 256, 100, 1, {4, 1, 4, 1, 0, 1}, {4, 1, 4, 1, 0, 1}}};
  for (int i = 0; i < 50; ++i) cases.push_back(random_geometry(rng));
  for (const Conv2dGeometry& g : cases) {
    SCOPED_TRACE(describe(g));
    const Results one = with_threads(1, g);
    for (const int count : {2, 3, 8}) {
      const Results other = with_threads(count, g);
      const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
        return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
      };
      EXPECT_TRUE(same(one.conv, other.conv)) << count << " threads";
      EXPECT_TRUE(same(one.grad_input, other.grad_input)) << count << " threads";
      EXPECT_TRUE(same(one.grad_weight, other.grad_weight)) << count << " threads";
    }
  }
}

}  // namespace
}  // namespace wisp::testing
