// The convolution family on random geometries; what fails is shrunk to the least geometry that still does.
#include <gtest/gtest.h>

#include <chrono>
#include <exception>

#include <fmt/core.h>

#include <tests/geometry/checks.h>
#include <tests/geometry/run.h>
#include <tests/geometry/shrink.h>
#include <tests/threads.h>

namespace wisp::testing {
namespace {

using Check = std::string (*)(const Conv2dGeometry&, Rng);
using Clock = std::chrono::steady_clock;

// Each geometry has a part of the stream to itself, and its operands the second half of that.
Rng stream(std::int64_t index, std::uint64_t half) {
  Rng rng(run.seed);
  rng.set_position((2 * static_cast<std::uint64_t>(index) + half) << 24);
  return rng;
}

std::string outcome(Check check, const Conv2dGeometry& g, const Rng& rng) {
  try {
    return check(g, rng);
  } catch (const std::exception& error) {
    return error.what();
  }
}

// Most of them on one thread: tasks are the same for any number of threads, and waiting for threads on a busy machine
// takes longer than the work.
void try_geometry(Check check, std::int64_t index) {
  const Threads threads(index % 64 == 0 ? num_threads() : 1);
  Rng rng = stream(index, 0);
  const Conv2dGeometry g = random_geometry(rng);
  const Rng operands = stream(index, 1);
  const std::string wrong = outcome(check, g, operands);
  if (wrong.empty()) return;
  const Conv2dGeometry least =
      shrink(g, [&](const Conv2dGeometry& smaller) { return !outcome(check, smaller, operands).empty(); });
  GTEST_FAIL() << fmt::format("{}\n  {}\nat the least\n  {}\n  {}\nagain: geometry_test --seed {} --only {}",
                              describe(g), wrong, describe(least), outcome(check, least, operands), run.seed, index);
}

void try_geometries(Check check) {
  if (run.only) return try_geometry(check, *run.only);
  Clock::time_point last = Clock::now();
  for (std::int64_t i = 0; i < run.geometries && !::testing::Test::HasFailure(); ++i) {
    try_geometry(check, i);
    if (Clock::now() - last < std::chrono::seconds(10)) continue;
    last = Clock::now();
    fmt::print("{} of {} geometries\n", i + 1, run.geometries);
    std::fflush(stdout);
  }
}

TEST(Geometry, KernelsAreExactOnIntegers) { try_geometries(check_exact); }

TEST(Geometry, KernelsRoundWithinTheBound) { try_geometries(check_rounding); }

TEST(Geometry, Conv2dValueAndGradients) { try_geometries(check_conv2d_gradients); }

TEST(Geometry, ConvTranspose2dValueAndGradients) { try_geometries(check_conv_transpose2d_gradients); }

}  // namespace
}  // namespace wisp::testing
