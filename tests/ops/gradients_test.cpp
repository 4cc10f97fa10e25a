// Every op of the table: first and second derivatives against central differences.
#include <gtest/gtest.h>

#include <tests/ops/op_table.h>
#include <tests/threads.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/core/rng.h>

namespace wisp::testing {
namespace {

class Gradients : public ::testing::TestWithParam<std::string> {};

TEST_P(Gradients, FirstAndSecondOrder) {
  const OpRow& row = op_table().at(GetParam());
  ASSERT_FALSE(row.samples.empty());
  const Threads one(1);  // waiting for threads on a busy machine takes longer than the work
  Rng rng(2024);
  for (const Sample& sample : row.samples) {
    std::vector<std::string> names;
    Tensors inputs;
    std::string description = sample.options.dump();
    for (const auto& [name, shape] : sample.inputs) {
      Tensor values = Tensor::randn(shape, rng, DType::f64);
      if (sample.positive.contains(name))
        for (double *p = values.mutable_data<double>(), *end = p + values.numel(); p != end; ++p)
          *p = 0.5 + *p * *p / (1 + *p * *p);
      names.push_back(name);
      inputs.push_back(values.set_requires_grad(true));
      description += " " + name + " " + shape.to_string();
    }
    SCOPED_TRACE(description);
    const auto function = [&](const Tensors& tensors) {
      Arguments arguments;
      arguments.options = sample.options;
      for (std::size_t i = 0; i < names.size(); ++i) arguments.tensors[names[i]] = tensors[i];
      return Tensors{row.call(arguments)};
    };
    EXPECT_NO_THROW(gradcheck(function, inputs, {.atol = 1e-7, .rtol = 1e-6}));
    EXPECT_NO_THROW(gradgradcheck(function, inputs, {.atol = 1e-7, .rtol = 1e-6}));
  }
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& [name, row] : op_table()) result.push_back(name);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Ops, Gradients, ::testing::ValuesIn(names()), [](const auto& test) { return test.param; });

}  // namespace
}  // namespace wisp::testing
