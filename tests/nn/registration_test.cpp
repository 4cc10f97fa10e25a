// What a module registers: names are its own, and what is registered is what the module uses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/message_of.h>
#include <wisp/wisp.h>

namespace wisp::nn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;

// Registers what it is told to.
class Registrar : public Module {
 public:
  Tensor forward(const Tensor& input) const override { return input; }
  using Module::register_buffer;
  using Module::register_module;
  using Module::register_parameter;
};

TEST(Registration, ANameThatIsTakenIsAnError) {
  Registrar module;
  module.register_parameter("first", Tensor::ones({2}));
  module.register_buffer("second", Tensor::ones({3}));
  module.register_module("third", ReLU());
  for (const std::string name : {"first", "second", "third"}) {
    EXPECT_THAT(message_of([&] { module.register_parameter(name, Tensor::ones({4})); }),
                AllOf(HasSubstr("register_parameter"), HasSubstr(name)));
    EXPECT_THAT(message_of([&] { module.register_buffer(name, Tensor::ones({4})); }),
                AllOf(HasSubstr("register_buffer"), HasSubstr(name)));
    EXPECT_THAT(message_of([&] { module.register_module(name, BatchNorm2d(4)); }),
                AllOf(HasSubstr("register_module"), HasSubstr(name)));
  }
  EXPECT_EQ(module.state_dict().size(), 2u);
  EXPECT_EQ(module.named_parameters().size() + module.named_buffers().size(), 2u);
}

TEST(Registration, ANameIsNotEmptyAndHasNoDot) {
  Registrar module;
  for (const std::string name : {"", ".", "a.b", "a."}) {
    EXPECT_THAT(message_of([&] { module.register_parameter(name, Tensor::ones({2})); }), HasSubstr("dot")) << name;
    EXPECT_THAT(message_of([&] { module.register_parameter(name, {}); }), HasSubstr("dot")) << name;
    EXPECT_THAT(message_of([&] { module.register_buffer(name, Tensor::ones({2})); }), HasSubstr("dot")) << name;
    EXPECT_THAT(message_of([&] { module.register_module(name, ReLU()); }), HasSubstr("dot")) << name;
  }
  EXPECT_TRUE(module.state_dict().empty());
}

TEST(Registration, OfAModuleThatTookTheNameOfALayer) {
  class Numbered : public Sequential {
   public:
    Numbered() { register_parameter("1", Tensor::ones({2})); }
  };
  Numbered network;
  network.push_back(ReLU());
  EXPECT_THAT(message_of([&] { network.push_back(ReLU()); }), HasSubstr("1"));
  EXPECT_EQ(network.size(), 1u);
}

TEST(Registration, OfAMemberReachesThatMember) {
  struct Network : Module {
    BatchNorm2d norm{3};
    Network() { register_module("norm", norm); }
    Tensor forward(const Tensor& input) const override { return norm(input); }
  };
  Network network;
  network.eval();
  EXPECT_FALSE(network.norm.is_training());
  network(Tensor::ones({2, 3, 4, 5}));
  EXPECT_EQ(network.state_dict().at("norm.num_batches_tracked").item<std::int64_t>(), 0);
}

TEST(Registration, AnAssignedWeightIsTheParameter) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  const Tensor fresh = Tensor::ones({2, 3}).set_requires_grad(true);
  layer.weight = fresh;
  EXPECT_TRUE(layer.parameters()[0].is(fresh));
  EXPECT_EQ(layer.state_dict().at("weight").storage(), fresh.storage());
}

}  // namespace
}  // namespace wisp::nn
