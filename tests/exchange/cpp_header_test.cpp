// C++ headers: what they refuse. tests/apps/export_test.cpp compiles and runs some.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/exchange/every_op_network.h>
#include <tests/message_of.h>
#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CppHeader : public ::testing::Test {
 protected:
  std::string refusal(nn::Module& module, const Tensor& sample, const CppHeaderOptions& options = {}) {
    const std::string message = message_of([&] { save_cpp_header(folder / "net.h", module, sample, options); });
    EXPECT_TRUE(folder.names().empty()) << message;
    return message;
  }
  const TemporaryFolder folder;
};

TEST_F(CppHeader, OfWhatItCannotSayIsAnError) {
  Rng rng(1);
  const nn::Linear linear(3, 2, rng);
  Function rows([=](const Tensors& in) { return Tensors{linear(in[0].reshape({2, 3})).reshape({1, 4})}; });
  EXPECT_THAT(refusal(rows, Tensor::ones({1, 6})), AllOf(HasSubstr("linear"), HasSubstr("several samples")));
  Function sums([](const Tensors& in) { return Tensors{sum(in[0], {1}, true)}; });
  EXPECT_THAT(refusal(sums, Tensor::ones({1, 6})), AllOf(HasSubstr("the network calls sum"), HasSubstr("header")));
  Function pair([](const Tensors& in) { return Tensors{in[0], in[0]}; });
  EXPECT_THAT(refusal(pair, Tensor::ones({1, 6})), HasSubstr("2 results"));
  nn::Sequential network(linear);
  EXPECT_THAT(refusal(network, Tensor::ones({2, 3})), HasSubstr("first extent of 1"));
  for (const char* name : {"", "a b", "1st", "a;"})
    EXPECT_THAT(refusal(network, Tensor::ones({1, 3}), {.namespace_name = name}), HasSubstr("namespace"));
  nn::Sequential spoiled(nn::Linear(3, 2, rng));
  const NoGrad guard;
  spoiled.parameters()[0].copy_(Tensor::full({2, 3}, std::numeric_limits<double>::infinity()));
  EXPECT_THAT(refusal(spoiled, Tensor::ones({1, 3})), HasSubstr("inf"));
}

}  // namespace
}  // namespace wisp::testing
