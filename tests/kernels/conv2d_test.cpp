// Geometries of many blocks of work, too large for the seven loops of geometry_test: all implementations agree, and the
// native one gives the same bits for any thread count.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include <tests/geometry/random_geometry.h>
#include <tests/kernels/forced_backend.h>
#include <tests/kernels/run_map.h>
#include <tests/threads.h>
#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::testing {
namespace {

std::vector<Conv2dGeometry> large_geometries() {
  return {// Layers of the 28 x 28 DCGAN.
          {8, 1, 64, 1, {28, 14, 4, 2, 1, 1}, {28, 14, 4, 2, 1, 1}},
          {8, 64, 128, 1, {14, 7, 4, 2, 1, 1}, {14, 7, 4, 2, 1, 1}},
          {8, 128, 256, 1, {7, 4, 3, 2, 1, 1}, {7, 4, 3, 2, 1, 1}},
          {8, 256, 1, 1, {3, 1, 3, 1, 0, 1}, {3, 1, 3, 1, 0, 1}},
          {8, 256, 100, 1, {4, 1, 4, 1, 0, 1}, {4, 1, 4, 1, 0, 1}},
          // Columns of an image beyond several caches, strides that do not divide, pixels that nobody reads.
          {2, 33, 17, 1, {128, 62, 5, 2, 0, 1}, {101, 50, 3, 2, 1, 2}},
          {3, 40, 6, 2, {120, 119, 4, 1, 1, 1}, {90, 30, 5, 3, 2, 1}},
          {1, 70, 35, 1, {61, 61, 3, 1, 1, 1}, {53, 53, 3, 1, 1, 1}},
          // The image itself is the matrix.
          {5, 70, 33, 1, {37, 37, 1, 1, 0, 1}, {41, 41, 1, 1, 0, 1}}};
}

// One of the three maps.
struct Map {
  kernels::Conv2dMap map;
  const std::vector<double>& first;
  const std::vector<double>& second;
  std::int64_t results;
  std::int64_t terms;  // the most products in a result
};

std::vector<double> absolute(std::vector<double> values) {
  for (double& v : values) v = std::abs(v);
  return values;
}

// |result - that of f64| <= (K + 2) u sum |a b|, and half an ulp where the result is bf16.
template <class T, class R>
void expect_close(const Conv2dGeometry& g, const Map& m, const std::vector<double>& sums,
                  const std::vector<double>& magnitudes) {
  for (const kernels::Conv2dImplementation& implementation : kernels::conv2d_implementations()) {
    if (!implementation.supports({m.map, g, dtype_of<T>})) continue;
    if (implementation.algorithm == ConvAlgorithm::winograd) continue;  // its bound is another: winograd_test
    SCOPED_TRACE(::testing::Message() << implementation.name << " " << name_of(m.map) << " " << name_of(dtype_of<T>));
    const std::vector<double> results = run_map<T, R>(implementation, m.map, g, m.first, m.second, m.results);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const double radius = static_cast<double>(m.terms + 2) * std::ldexp(magnitudes[i], -24);
      const double rounding = std::is_same_v<R, bfloat16> ? (std::abs(sums[i]) + radius) / 256 : 0;
      ASSERT_LE(std::abs(results[i] - sums[i]), radius + rounding) << "element " << i;
    }
  }
}

TEST(Conv2dLarge, EveryImplementationIsCloseToNativeInF64) {
  const kernels::Conv2dImplementation& native = kernels::conv2d_implementations().back();
  Rng rng(15);
  int index = 0;
  for (const Conv2dGeometry& g : large_geometries()) {
    SCOPED_TRACE(describe(g));
    const Threads threads(++index % 2 == 0 ? num_threads() : 1);
    std::vector<double> x = random_values<double>(g.input_numel(), rng),
                        w = random_values<double>(g.weight_numel(), rng),
                        y = random_values<double>(g.output_numel(), rng);
    for (std::vector<double>* values : {&x, &w, &y})  // exact in every dtype
      for (double& v : *values) v = convert<double>(convert<bfloat16>(v));
    const std::int64_t taps = g.height.kernel * g.width.kernel, pixels = g.height.output * g.width.output;
    for (const Map& m : {Map{kernels::Conv2dMap::conv2d, x, w, g.output_numel(), taps * g.channels / g.groups},
                         Map{kernels::Conv2dMap::grad_input, y, w, g.input_numel(), taps * g.filters / g.groups},
                         Map{kernels::Conv2dMap::grad_weight, x, y, g.weight_numel(), g.batch * pixels}}) {
      const auto sums = run_map<double, double>(native, m.map, g, m.first, m.second, m.results);
      const auto magnitudes =
          run_map<double, double>(native, m.map, g, absolute(m.first), absolute(m.second), m.results);
      expect_close<float, float>(g, m, sums, magnitudes);
      if (m.map == kernels::Conv2dMap::grad_weight)
        expect_close<bfloat16, float>(g, m, sums, magnitudes);
      else
        expect_close<bfloat16, bfloat16>(g, m, sums, magnitudes);
    }
  }
}

// What the three kernels make of random operands of T.
template <class T>
struct Results {
  std::vector<T> conv, grad_input;
  std::vector<float> grad_weight;

  explicit Results(const Conv2dGeometry& g)
      : conv(static_cast<std::size_t>(g.output_numel())),
        grad_input(static_cast<std::size_t>(g.input_numel())),
        grad_weight(static_cast<std::size_t>(g.weight_numel())) {
    Rng rng(14);
    const auto draw = [&](std::int64_t count) {
      std::vector<T> values;
      for (const float v : random_values<float>(count, rng)) values.push_back(T(v));
      return values;
    };
    const auto x = draw(g.input_numel()), w = draw(g.weight_numel()), y = draw(g.output_numel());
    kernels::conv2d(g, x.data(), w.data(), conv.data());
    kernels::conv2d_grad_input(g, y.data(), w.data(), grad_input.data());
    kernels::conv2d_grad_weight(g, x.data(), y.data(), grad_weight.data());
  }
};

template <class T>
Results<T> with_threads(int count, const Conv2dGeometry& g) {
  const Threads guard(count);
  return Results<T>(g);
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class T>
void expect_same_bits(const Conv2dGeometry& g) {
  SCOPED_TRACE(describe(g) + " " + name_of(dtype_of<T>));
  const Results<T> one = with_threads<T>(1, g);
  for (const int count : {2, 3, 8}) {
    const Results<T> other = with_threads<T>(count, g);
    EXPECT_TRUE(same(one.conv, other.conv)) << count << " threads";
    EXPECT_TRUE(same(one.grad_input, other.grad_input)) << count << " threads";
    EXPECT_TRUE(same(one.grad_weight, other.grad_weight)) << count << " threads";
  }
}

// And of random geometries, bit for bit.
TEST(Conv2dDeterminism, NativeGivesTheSameBitsForAnyThreadCount) {
  const ForcedBackend native(Backend::native);
  Rng rng(13);
  std::vector<Conv2dGeometry> cases = large_geometries();
  for (int i = 0; i < 50; ++i) cases.push_back(random_geometry(rng));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    expect_same_bits<float>(cases[i]);
    if (i % 4 == 0) expect_same_bits<bfloat16>(cases[i]);
  }
}

}  // namespace
}  // namespace wisp::testing
