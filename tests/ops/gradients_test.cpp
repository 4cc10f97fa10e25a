// Every op of the table: first and second derivatives against central differences.
#include <gtest/gtest.h>

#include <tests/ops/op_table.h>
#include <tests/threads.h>
#include <wisp/autograd/gradcheck.h>

namespace wisp::testing {
namespace {

class Gradients : public ::testing::TestWithParam<std::string> {};

TEST_P(Gradients, FirstAndSecondOrder) {
  const OpRow& row = op_table().at(GetParam());
  ASSERT_FALSE(row.samples.empty());
  const Threads one(1);  // waiting for threads on a busy machine takes longer than the work
  Rng rng(2024);
  for (const Sample& sample : row.samples) {
    const Arguments random = arguments_of(sample, rng);
    Tensors inputs;
    std::string description = sample.options.dump();
    for (const auto& [name, shape] : sample.inputs) {
      inputs.push_back(random[name]);
      description += " " + name + " " + shape.to_string();
    }
    SCOPED_TRACE(description);
    const auto function = [&](const Tensors& tensors) {
      Arguments arguments{{}, sample.options};
      for (std::size_t i = 0; i < tensors.size(); ++i) arguments.tensors[sample.inputs[i].first] = tensors[i];
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
