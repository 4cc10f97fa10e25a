// Winograd's convolutions on the layers of the DCGANs: errors, bits, memory. geometry_test has them on random
// geometries.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include <tests/geometry/random_geometry.h>
#include <tests/kernels/forced_algorithm.h>
#include <tests/kernels/run_map.h>
#include <tests/threads.h>
#include <wisp/autograd/backward.h>
#include <wisp/core/allocator.h>
#include <wisp/kernels/conv2d_implementations.h>
#include <wisp/ops/conv2d.h>

namespace wisp::testing {
namespace {

using kernels::Conv2dImplementation;
using kernels::Conv2dMap;
using kernels::Conv2dProblem;

constexpr auto maps = {Conv2dMap::conv2d, Conv2dMap::grad_input, Conv2dMap::grad_weight};

const Conv2dImplementation& winograd() {
  const Conv2dImplementation& first = kernels::conv2d_implementations().front();
  EXPECT_STREQ(first.name, "winograd");
  return first;
}

const Conv2dImplementation& native() { return kernels::conv2d_implementations().back(); }

// 64 -> 128 and 128 -> 256 channels of the 28 x 28 DCGAN, its layer of kernel 3, and one of no round number.
const std::vector<Conv2dGeometry> layers = {{16, 64, 128, 1, {14, 7, 4, 2, 1, 1}, {14, 7, 4, 2, 1, 1}},
                                            {16, 128, 256, 1, {7, 3, 4, 2, 1, 1}, {7, 3, 4, 2, 1, 1}},
                                            {16, 128, 256, 1, {7, 4, 3, 2, 1, 1}, {7, 4, 3, 2, 1, 1}},
                                            {5, 37, 70, 1, {29, 14, 4, 2, 1, 1}, {21, 10, 4, 2, 0, 1}}};

std::int64_t result_numel(Conv2dMap map, const Conv2dGeometry& g) {
  return map == Conv2dMap::conv2d       ? g.output_numel()
         : map == Conv2dMap::grad_input ? g.input_numel()
                                        : g.weight_numel();
}

// Operands of the three maps.
struct Operands {
  std::vector<double> x, w, y;

  explicit Operands(const Conv2dGeometry& g) {
    Rng rng(61);
    x = random_values<double>(g.input_numel(), rng);
    w = random_values<double>(g.weight_numel(), rng);
    y = random_values<double>(g.output_numel(), rng);
  }
};

// The map of random operands rounded to T; results of R.
template <class T, class R>
std::vector<double> run(const Conv2dImplementation& implementation, Conv2dMap map, const Conv2dGeometry& g) {
  const Operands operands(g);
  return run_map<T, R>(implementation, map, g, map == Conv2dMap::grad_input ? operands.y : operands.x,
                       map == Conv2dMap::grad_weight ? operands.y : operands.w, result_numel(map, g));
}

// The definition, its products added up one after the other in f32.
std::vector<double> direct_f32(Conv2dMap map, const Conv2dGeometry& g) {
  const Operands operands(g);
  const std::vector<float> x = rounded<float>(operands.x), w = rounded<float>(operands.w),
                           y = rounded<float>(operands.y);
  std::vector<float> sums(static_cast<std::size_t>(result_numel(map, g)));
  visit_products(g, [&](std::size_t xi, std::size_t wi, std::size_t yi) {
    if (map == Conv2dMap::conv2d) sums[yi] += x[xi] * w[wi];
    if (map == Conv2dMap::grad_input) sums[xi] += y[yi] * w[wi];
    if (map == Conv2dMap::grad_weight) sums[wi] += x[xi] * y[yi];
  });
  return widened(sums);
}

double root_mean_square(const std::vector<double>& values) {
  double squares = 0;
  for (const double v : values) squares += v * v;
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// The root mean square of the error, relative to that of the result.
double error(std::vector<double> values, const std::vector<double>& exact) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= exact[i];
  return root_mean_square(values) / root_mean_square(exact);
}

double bf16_error(const Conv2dImplementation& implementation, Conv2dMap map, const Conv2dGeometry& g,
                  const std::vector<double>& exact) {
  return error(map == Conv2dMap::grad_weight ? run<bfloat16, float>(implementation, map, g)
                                             : run<bfloat16, bfloat16>(implementation, map, g),
               exact);
}

TEST(Winograd, ErrsAtMostThreeTimesAsMuchAsDirectConvolution) {
  for (const Conv2dGeometry& g : layers)
    for (const Conv2dMap map : maps) {
      SCOPED_TRACE(::testing::Message() << name_of(map) << " " << describe(g));
      const std::vector<double> exact = run<double, double>(native(), map, g);
      EXPECT_LE(error(run<double, double>(winograd(), map, g), exact), 1e-14);
      EXPECT_LE(error(run<float, float>(winograd(), map, g), exact), 3 * error(direct_f32(map, g), exact));
      EXPECT_LE(bf16_error(winograd(), map, g, exact), 3 * bf16_error(native(), map, g, exact));
    }
}

template <class T, class R>
void expect_same_bits(Conv2dMap map, const Conv2dGeometry& g) {
  std::vector<double> one;
  for (const int threads : {1, 2, 3, 8}) {
    const Threads guard(threads);
    const std::vector<double> result = run<T, R>(winograd(), map, g);
    if (threads == 1) one = result;
    EXPECT_EQ(std::memcmp(result.data(), one.data(), one.size() * sizeof(double)), 0) << threads << " threads";
  }
}

TEST(Winograd, GivesTheSameBitsForAnyNumberOfThreads) {
  for (const Conv2dGeometry& g : layers)
    for (const Conv2dMap map : maps) {
      expect_same_bits<float, float>(map, g);
      map == Conv2dMap::grad_weight ? expect_same_bits<bfloat16, float>(map, g)
                                    : expect_same_bits<bfloat16, bfloat16>(map, g);
    }
}

// Work space is cut by images, and by rows of tiles: many images, and larger ones.
TEST(Winograd, IsRightForManyBlocksOfWork) {
  for (const Conv2dGeometry& g : {Conv2dGeometry{150, 33, 40, 1, {10, 5, 4, 2, 1, 1}, {12, 6, 4, 2, 1, 1}},
                                  Conv2dGeometry{3, 40, 33, 1, {80, 40, 4, 2, 1, 1}, {61, 31, 3, 2, 1, 1}}})
    for (const Conv2dMap map : maps) {
      SCOPED_TRACE(::testing::Message() << name_of(map) << " " << describe(g));
      ASSERT_TRUE(winograd().supports({map, g, DType::f64}));
      EXPECT_LE(error(run<double, double>(winograd(), map, g), run<double, double>(native(), map, g)), 1e-14);
    }
}

// The pixels beyond the last output are in no tile's result.
TEST(Winograd, DoesNotReadPixelsThatNoOutputReads) {
  const Conv2dGeometry g{2, 3, 2, 1, {8, 3, 3, 2, 0, 1}, {8, 3, 3, 2, 0, 1}};
  std::vector<float> x(static_cast<std::size_t>(g.input_numel()), 1.0f),
      w(static_cast<std::size_t>(g.weight_numel()), 1.0f), y(static_cast<std::size_t>(g.output_numel()), 1.0f);
  for (std::int64_t i = 0; i < g.input_numel(); ++i)
    if (i / 3 % 8 == 7 || i / 24 % 8 == 7) x[static_cast<std::size_t>(i)] = std::nanf("");
  const std::vector<float> ones = y;
  winograd().run({Conv2dMap::conv2d, g, DType::f32}, x.data(), w.data(), y.data());
  for (const float v : y) EXPECT_NEAR(v, 27, 1e-4);
  winograd().run({Conv2dMap::grad_weight, g, DType::f32}, x.data(), ones.data(), w.data());
  for (const float v : w) EXPECT_NEAR(v, 18, 1e-4);
}

// Transformed weights are not kept from call to call, so there is none that could be out of date.
TEST(Winograd, SeesAWeightThatWasChangedInPlace) {
  const ForcedAlgorithm forced(ConvAlgorithm::winograd);
  Rng rng(62);
  const Tensor x = Tensor::randn({8, 32, 8, 8}, rng);
  Tensor w = Tensor::randn({32, 32, 4, 4}, rng);
  const auto convolved = [&] { return conv2d(x, w, {}, {.stride = 2, .padding = 1}); };
  const Tensor before = convolved();
  for (std::int64_t i = 0; i < w.numel(); ++i) w.mutable_data<float>()[i] *= 2;
  const Tensor after = convolved();
  for (std::int64_t i = 0; i < before.numel(); ++i) ASSERT_EQ(after.data<float>()[i], 2 * before.data<float>()[i]);
}

TEST(Winograd, TakesAtMost64MebibytesAndNoneInASteadyState) {
  release_cached_memory();
  const std::size_t before = allocator_statistics().bytes_held;
  // The largest layer of the 64 x 64 DCGAN that it takes, and one beyond its limit.
  const Conv2dGeometry g{64, 64, 128, 1, {32, 16, 4, 2, 1, 1}, {32, 16, 4, 2, 1, 1}};
  std::vector<float> x(static_cast<std::size_t>(g.input_numel())), w(static_cast<std::size_t>(g.weight_numel())),
      y(static_cast<std::size_t>(g.output_numel()));
  const auto run_all = [&] {
    winograd().run({Conv2dMap::conv2d, g, DType::f32}, x.data(), w.data(), y.data());
    winograd().run({Conv2dMap::grad_input, g, DType::f32}, y.data(), w.data(), x.data());
    winograd().run({Conv2dMap::grad_weight, g, DType::f32}, x.data(), y.data(), w.data());
  };
  run_all();
  EXPECT_LE(allocator_statistics().bytes_held - before, std::size_t{64} << 20);
  const std::uint64_t blocks = allocator_statistics().system_blocks;
  run_all();
  EXPECT_EQ(allocator_statistics().system_blocks, blocks);
  const Conv2dGeometry large{1, 64, 64, 1, {512, 256, 4, 2, 1, 1}, {512, 256, 4, 2, 1, 1}};
  EXPECT_FALSE(winograd().supports({Conv2dMap::conv2d, large, DType::f32}));
}

}  // namespace
}  // namespace wisp::testing
