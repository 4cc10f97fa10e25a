// The three convolution kernels against their definition, the adjoint identities, and the same bits for any thread
// count.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include <tests/kernels/conv2d_reference.h>
#include <tests/threads.h>

namespace wisp::testing {
namespace {

constexpr int geometries = 400;

// x, w and y of one geometry: random operands, and what the three maps make of them, in buffers of NaN.
template <class T>
struct Trio {
  std::vector<T> x, w, y, conv, grad_input, grad_weight;

  Trio(const Conv2dGeometry& g, Rng& rng)
      : x(random_values<T>(g.input_numel(), rng)),
        w(random_values<T>(g.weight_numel(), rng)),
        y(random_values<T>(g.output_numel(), rng)),
        conv(y.size(), std::numeric_limits<T>::quiet_NaN()),
        grad_input(x.size(), std::numeric_limits<T>::quiet_NaN()),
        grad_weight(w.size(), std::numeric_limits<T>::quiet_NaN()) {
    kernels::conv2d(g, x.data(), w.data(), conv.data());
    kernels::conv2d_grad_input(g, y.data(), w.data(), grad_input.data());
    kernels::conv2d_grad_weight(g, x.data(), y.data(), grad_weight.data());
  }
};

// The sum of the products of each result element, of their absolute values, and their number.
struct Sum {
  double value = 0;
  double magnitude = 0;
  double terms = 0;
  void add(double a, double b) {
    value += a * b;
    magnitude += std::abs(a * b);
    terms += 1;
  }
};

// |actual - exact| <= (K + 2) u sum |a b|: Higham, "Accuracy and stability of numerical algorithms", section 3.1.
template <class T>
void expect_close(const std::vector<T>& actual, const std::vector<Sum>& exact, const char* map) {
  const double u = std::numeric_limits<T>::epsilon() / 2;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double bound = (exact[i].terms + 2) * u * exact[i].magnitude;
    ASSERT_LE(std::abs(static_cast<double>(actual[i]) - exact[i].value), bound + 1e-300) << map << " element " << i;
  }
}

template <class T>
class Conv2dKernels : public ::testing::Test {};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Conv2dKernels, Types);

TYPED_TEST(Conv2dKernels, EqualTheDefinition) {
  Rng rng(11);
  for (int i = 0; i < geometries; ++i) {
    const Conv2dGeometry g = random_geometry(rng);
    SCOPED_TRACE(describe(g));
    const Trio<TypeParam> trio(g, rng);
    std::vector<Sum> y(trio.y.size()), x(trio.x.size()), w(trio.w.size());
    visit_products(g, [&](std::int64_t at_x, std::int64_t at_w, std::int64_t at_y) {
      const auto xi = static_cast<std::size_t>(at_x), wi = static_cast<std::size_t>(at_w),
                 yi = static_cast<std::size_t>(at_y);
      y[yi].add(trio.x[xi], trio.w[wi]);
      x[xi].add(trio.y[yi], trio.w[wi]);
      w[wi].add(trio.x[xi], trio.y[yi]);
    });
    expect_close(trio.conv, y, "conv2d");
    expect_close(trio.grad_input, x, "conv2d_grad_input");
    expect_close(trio.grad_weight, w, "conv2d_grad_weight");
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// <C(x,w), y> = <x, I(y,w)> = <w, W(x,y)>
TEST(Conv2dIdentities, TheTrioIsOneTrilinearForm) {
  Rng rng(12);
  for (int i = 0; i < geometries; ++i) {
    const Conv2dGeometry g = random_geometry(rng);
    SCOPED_TRACE(describe(g));
    const Trio<double> trio(g, rng);
    const auto dot = [](const auto& a, const auto& b) {
      return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    };
    const double form = dot(trio.conv, trio.y);
    const double scale = std::sqrt(dot(trio.x, trio.x) * dot(trio.w, trio.w) * dot(trio.y, trio.y)) + 1;
    EXPECT_NEAR(form, dot(trio.x, trio.grad_input), 1e-13 * scale);
    EXPECT_NEAR(form, dot(trio.w, trio.grad_weight), 1e-13 * scale);
  }
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
    const Trio<float> one = [&] {
      const Threads guard(1);
      Rng first(14);
      return Trio<float>(g, first);
    }();
    for (const int count : {2, 3, 8}) {
      const Threads guard(count);
      Rng again(14);
      const Trio<float> other(g, again);
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
