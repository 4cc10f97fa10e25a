// The kernels' scratch memory is bounded, however large the image: the columns of this one would be 600 MB.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <vector>

#include <tests/kernels/forced_backend.h>
#include <tests/threads.h>
#include <wisp/kernels/conv2d.h>
#include <wisp/kernels/registry.h>

namespace wisp::testing {
namespace {

// Largest resident memory of the process so far, in bytes.
std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{1024} * usage.ru_maxrss;
}

void expect_bounded_scratch(Backend backend) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own memory counts";
#endif
  const ForcedBackend forced(backend);
  const kernels::Conv2dAxis height{1000, 1000, 3, 1, 1, 1}, width{1040, 1040, 3, 1, 1, 1};
  const kernels::Conv2dGeometry geometry{1, 16, 16, 1, height, width};
  const auto filled = [](std::int64_t count) { return std::vector<float>(static_cast<std::size_t>(count), 1.0f); };
  std::vector<float> x = filled(geometry.input_numel()), w = filled(geometry.weight_numel()),
                     y = filled(geometry.output_numel());
  const std::int64_t before = peak_memory();
  kernels::conv2d(geometry, x.data(), w.data(), y.data());
  EXPECT_EQ(y.front(), 4 * 16);  // a corner sees four pixels of 16 channels
  kernels::conv2d_grad_input(geometry, y.data(), w.data(), x.data());
  kernels::conv2d_grad_weight(geometry, x.data(), y.data(), w.data());
  EXPECT_LE(peak_memory() - before, std::int64_t{64} << 20);
}

TEST(Scratch, IsAtMost64MebibytesForALargeImage) { expect_bounded_scratch(Backend::native); }

TEST(Scratch, OfOnednnIsAtMost64MebibytesForALargeImage) {
  if (!kernels::has_onednn) GTEST_SKIP() << "built without oneDNN";
  const Threads one(1);  // its scratch does not grow with them, and many small steps on a busy machine are slow
  expect_bounded_scratch(Backend::onednn);
}

}  // namespace
}  // namespace wisp::testing
