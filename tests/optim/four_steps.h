// Four steps of an optimizer from fixed numbers with fixed gradients, the ones that PyTorch took for the expected
// results.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include <wisp/core/tensor.h>

namespace wisp::testing {

inline Tensor start() { return Tensor::from({2, 3}, {0.5, -1.25, 2.0, 0.75, -0.1, 3.0}).set_requires_grad(true); }

inline const std::vector<std::vector<double>> gradients{{0.2, -0.4, 1.0, 0.0, 0.3, -2.0},
                                                        {-0.1, 0.6, 0.5, 0.25, -0.3, 1.5},
                                                        {0.7, 0.1, -0.9, 0.4, 0.05, -0.6},
                                                        {0.3, -0.2, 0.8, -0.5, 0.15, 0.9}};

inline void expect_near(const Tensor& p, const std::vector<double>& expected) {
  const std::vector<double> got = p.values<double>();
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-13) << i;
}

template <class Optimizer, class Options>
void expect_after_four_steps(const Options& options, const std::vector<double>& expected) {
  Tensor p = start();
  Optimizer optimizer({p}, options);
  for (const auto& gradient : gradients) {
    p.set_grad(Tensor::from({2, 3}, gradient));
    optimizer.step();
  }
  expect_near(p, expected);
}

}  // namespace wisp::testing
