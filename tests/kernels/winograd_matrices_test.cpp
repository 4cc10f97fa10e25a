// Winograd's matrices and tiles, and the worked example of docs/winograd.md.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <wisp/kernels/winograd/matrices.h>
#include <wisp/kernels/winograd/plan.h>

namespace wisp::testing {
namespace {

using kernels::Conv2dAxis;
using kernels::winograd::AxisPlan;
using kernels::winograd::ExactMatrices;
using kernels::winograd::Rational;
using kernels::winograd::TileRun;

// y = A^T [(G g) * (B^T d)]
template <int m>
std::array<Rational, m> filtered(const std::array<Rational, 2>& g, const std::array<Rational, m + 1>& d) {
  using Matrices = ExactMatrices<m>;
  std::array<Rational, m> y{};
  for (std::size_t j = 0; j <= m; ++j) {
    Rational weight, data;
    for (std::size_t u = 0; u < 2; ++u) weight = weight + Matrices::g[j][u] * g[u];
    for (std::size_t i = 0; i <= m; ++i) data = data + Matrices::b_transposed[j][i] * d[i];
    for (std::size_t i = 0; i < m; ++i) y[i] = y[i] + Matrices::a[j][i] * weight * data;
  }
  return y;
}

// The identity is bilinear, so it holds when it does for unit vectors.
template <int m>
void expect_exact() {
  for (std::size_t u = 0; u < 2; ++u)
    for (std::size_t k = 0; k <= m; ++k) {
      std::array<Rational, 2> g{};
      std::array<Rational, m + 1> d{};
      g[u] = d[k] = 1;
      const auto y = filtered<m>(g, d);
      for (std::size_t i = 0; i < m; ++i)
        EXPECT_EQ(y[i], Rational(i + u == k ? 1 : 0)) << "F(" << m << ", 2), tap " << u << ", datum " << k;
    }
}

TEST(WinogradMatrices, FilterExactlyOverTheRationals) {
  expect_exact<2>();
  expect_exact<3>();
  expect_exact<4>();
}

TEST(WinogradMatrices, RationalsAreInLowestTerms) {
  EXPECT_EQ(Rational(6, -8), Rational(-3, 4));
  EXPECT_EQ(Rational(0, 5), Rational(0));
  EXPECT_EQ(Rational(1, 2) + Rational(1, 3) - Rational(5, 6), Rational(0));
  EXPECT_EQ(Rational(2, 3) / Rational(4, 9), Rational(3, 2));
  EXPECT_EQ(static_cast<double>(Rational(-3, 8)), -0.375);
}

// docs/winograd.md, "F(2, 2) by hand".
TEST(WinogradMatrices, OfTwoOutputsAreThoseOfTheExample) {
  using Matrices = ExactMatrices<2>;
  const kernels::winograd::Matrix<Rational, 3, 2> a{{{1, 0}, {1, 1}, {0, 1}}}, g{{{1, 0}, {1, 1}, {0, 1}}};
  const kernels::winograd::Matrix<Rational, 3, 3> b_transposed{{{1, -1, 0}, {0, 1, 0}, {0, -1, 1}}};
  EXPECT_EQ(Matrices::a, a);
  EXPECT_EQ(Matrices::g, g);
  EXPECT_EQ(Matrices::b_transposed, b_transposed);
  EXPECT_EQ(filtered<2>({3, 5}, {7, 2, 4}), (std::array<Rational, 2>{3 * 7 + 5 * 2, 3 * 2 + 5 * 4}));
}

Conv2dAxis axis(std::int64_t kernel, std::int64_t stride, std::int64_t output) {
  return {stride * output, output, kernel, stride, 1, 1};
}

std::string text(const std::vector<Rational>& values) {
  std::string line;
  for (const Rational v : values) {
    EXPECT_EQ(v.denominator, 1);
    line += fmt::format(" {}", v.numerator);
  }
  return line;
}

// docs/winograd.md, "An example": stride 2 and padding 1, two outputs.
TEST(WinogradMatrices, TheExampleOfThePageIsRight) {
  using Matrices = ExactMatrices<2>;
  const std::vector<std::int64_t> padded{0, 3, 1, 4, 2, 0}, kernel{1, 2, 3, 4};
  const auto times = [](const auto& matrix, const std::vector<Rational>& vector) {
    std::vector<Rational> result;
    for (const auto& row : matrix) {
      result.push_back(0);
      for (std::size_t i = 0; i < row.size(); ++i) result.back() = result.back() + row[i] * vector[i];
    }
    return result;
  };
  std::string example;
  std::vector<Rational> sums(3);
  for (std::size_t phase = 0; phase < 2; ++phase) {
    const std::vector<Rational> d{padded[phase], padded[phase + 2], padded[phase + 4]};
    const std::vector<Rational> g{kernel[phase], kernel[phase + 2]};
    const auto data = times(Matrices::b_transposed, d), weights = times(Matrices::g, g);
    std::vector<Rational> products;
    for (std::size_t j = 0; j < 3; ++j) {
      products.push_back(data[j] * weights[j]);
      sums[j] = sums[j] + products[j];
    }
    example += fmt::format("    phase {}: pixels{}, taps{}; B^T d ={}, G g ={}, products{}\n", phase, text(d), text(g),
                           text(data), text(weights), text(products));
  }
  const std::vector<Rational> outputs = times(kernels::winograd::transposed(Matrices::a), sums);
  example += fmt::format("    sums{}, outputs{}\n", text(sums), text(outputs));
  for (std::size_t i = 0; i < 2; ++i) {
    std::int64_t sum = 0;
    for (std::size_t a = 0; a < 4; ++a) sum += kernel[a] * padded[2 * i + a];
    EXPECT_EQ(outputs[i], Rational(sum));
  }
  std::ifstream file(WISP_SOURCE_DIR "/docs/winograd.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(page.find(example), std::string::npos) << example;
}

TEST(WinogradPlan, CutsAnAxisIntoTheFewestTiles) {
  for (std::int64_t outputs = 2; outputs <= 100; ++outputs) {
    std::int64_t next = 0, tiles = 0;
    for (const TileRun& run : AxisPlan(axis(4, 2, outputs)).runs) {
      if (run.count == 0) continue;
      EXPECT_EQ(run.first, next) << outputs;
      EXPECT_TRUE(2 <= run.size && run.size <= 4) << outputs;
      next += run.size * run.count;
      tiles += run.count;
    }
    EXPECT_EQ(next, outputs);
    EXPECT_EQ(tiles, (outputs + 3) / 4) << outputs;
  }
}

TEST(WinogradPlan, CutsSevenIntoFourAndThree) {
  const auto runs = AxisPlan(axis(4, 2, 7)).runs;
  EXPECT_EQ(runs[0].size, 4);
  EXPECT_EQ(runs[1].size, 3);
  EXPECT_EQ(runs[0].count + runs[1].count, 2);
}

TEST(WinogradPlan, HasSmallerTilesWherePhasesHaveOneTap) {
  const auto runs = AxisPlan(axis(3, 2, 7)).runs;
  EXPECT_EQ(runs[0].size, 3);
  EXPECT_EQ(runs[1].size, 2);
  EXPECT_EQ(runs[1].count, 2);
}

TEST(WinogradPlan, TakesKernelsOfTwoTapsPerPhase) {
  const auto supported = [](std::int64_t kernel, std::int64_t stride, std::int64_t dilation, std::int64_t output) {
    return kernels::winograd::is_supported(Conv2dAxis{40, output, kernel, stride, 1, dilation});
  };
  for (const auto& [kernel, stride] : {std::pair{4, 2}, {3, 2}, {2, 1}, {4, 3}, {5, 3}, {6, 3}})
    EXPECT_TRUE(supported(kernel, stride, 1, 5)) << kernel << " " << stride;
  for (const auto& [kernel, stride] : {std::pair{5, 2}, {2, 2}, {3, 1}, {1, 1}, {1, 2}, {7, 3}})
    EXPECT_FALSE(supported(kernel, stride, 1, 5)) << kernel << " " << stride;
  EXPECT_FALSE(supported(4, 2, 2, 5));
  EXPECT_FALSE(supported(4, 2, 1, 1));
}

}  // namespace
}  // namespace wisp::testing
