// Convolving a large image forward and backward needs little more memory than its inputs and outputs.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include <wisp/autograd/backward.h>
#include <wisp/core/allocator.h>
#include <wisp/ops/conv2d.h>

namespace wisp::testing {
namespace {

// Linux starts the peak anew when told 5 here.
bool reset_peak_memory() {
  std::ofstream file("/proc/self/clear_refs");
  file << 5 << std::flush;
  return file.good();
}

// The largest resident set since, in bytes.
std::int64_t peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;)
    if (std::int64_t kibibytes; word == "VmHWM:" && file >> kibibytes) return kibibytes * 1024;
  return -1;
}

// op maps 64 x 1024 x 1024 to the same size.
template <class Op>
void expect_bounded_memory(Op op) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own memory counts";
#endif
  release_cached_memory();
  const Shape image{1, 64, 1024, 1024};
  const Tensor x = Tensor::ones(image).set_requires_grad(true), cotangent = Tensor::ones(image);
  const Tensor w = Tensor::ones({64, 64, 3, 3}).set_requires_grad(true);
  if (!reset_peak_memory()) GTEST_SKIP() << "no /proc/self/clear_refs";
  const Tensor y = op(x, w);
  const Tensors gradients = grad({y}, {x, w}, {.grad_outputs = {cotangent}});
  const std::int64_t floats = 4 * image.numel() + 2 * w.numel();  // x, cotangent, y, dx; w, dw
  EXPECT_LE(peak_memory(), std::int64_t{sizeof(float)} * floats + (std::int64_t{64} << 20));
  EXPECT_EQ(y.data<float>()[0], 4 * 64);  // a corner sees four pixels of 64 channels
  EXPECT_EQ(gradients[0].data<float>()[0], 4 * 64);
  EXPECT_EQ(gradients[1].data<float>()[0], 1023 * 1023);
}

TEST(SlowMemory, Conv2d) {
  expect_bounded_memory([](const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.padding = 1}); });
}

TEST(SlowMemory, ConvTranspose2d) {
  expect_bounded_memory([](const Tensor& x, const Tensor& w) { return conv_transpose2d(x, w, {}, {.padding = 1}); });
}

}  // namespace
}  // namespace wisp::testing
