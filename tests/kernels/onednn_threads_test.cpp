// The number of threads is the process's, also for oneDNN, which asks the OpenMP of the calling thread.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include <omp.h>

#include <tests/threads.h>
#include <wisp/kernels/gemm_implementations.h>

namespace wisp::testing {
namespace {

// What OpenMP says on this thread when oneDNN has multiplied two matrices; 0 where there is no oneDNN.
int threads_of_a_product() {
  const std::vector<float> ones(64 * 64, 1.0f);
  std::vector<float> product(ones.size());
  for (const kernels::GemmImplementation& implementation : kernels::gemm_implementations()) {
    const kernels::GemmProblem problem{64, 64, 64, 64, false, 64, false, 64, DType::f32, DType::f32};
    if (implementation.backend != Backend::onednn || !implementation.supports(problem)) continue;
    implementation.run(problem, ones.data(), ones.data(), product.data());
    EXPECT_EQ(product[5], 64.0f);
    return omp_get_max_threads();
  }
  return 0;
}

TEST(OneDnn, HasTheProcessesNumberOfThreadsOnEveryThread) {
  const Threads guard(1);
  if (threads_of_a_product() == 0) GTEST_SKIP() << "no oneDNN";
  set_num_threads(3);
  EXPECT_EQ(threads_of_a_product(), 3);
  std::thread([] {
    EXPECT_EQ(threads_of_a_product(), 3);
    set_num_threads(2);
    EXPECT_EQ(threads_of_a_product(), 2);
    const ThreadLimit one(1);
    EXPECT_EQ(threads_of_a_product(), 1);
  }).join();
  EXPECT_EQ(threads_of_a_product(), 2);
}

}  // namespace
}  // namespace wisp::testing
