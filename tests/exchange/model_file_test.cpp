// Model files: whole networks to a file and back, and files that hold none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <tests/message_of.h>
#include <tests/temporary_folder.h>
#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// x -> activation(x w), of a type of the user's.
class Gate : public nn::Module {
 public:
  Gate(std::int64_t of_width, Rng& rng)
      : width(of_width), linear_(register_module("linear", nn::Linear(of_width, of_width, rng))) {}
  Tensor forward(const Tensor& x) const override { return sigmoid(linear_(x)) * x; }

  const std::int64_t width;

 private:
  nn::Linear linear_;
};
const bool gate_is_known = nn::register_type<Gate>("Gate", {"width"}, &Gate::width);

nn::Sequential make_network(Rng& rng) {
  return nn::Sequential(nn::SpectralNorm(nn::Conv2d(1, 4, 3, {.padding = 1, .bias = false}, rng), {}, rng),
                        nn::BatchNorm2d(4), nn::LeakyReLU(0.2),
                        nn::Residual(nn::Sequential(nn::Conv2d(4, 4, 3, {.padding = 1}, rng), nn::GroupNorm(2, 4))),
                        nn::MaxPool2d(2), nn::Flatten(), nn::Linear(16, 3, rng), Gate(3, rng));
}

TEST(ModelFile, BringsANetworkBack) {
  const TemporaryFolder folder;
  Rng rng(1);
  nn::Sequential network = make_network(rng);
  network(Tensor::randn({3, 1, 4, 4}, rng));
  network[0].requires_grad_(false);
  network.eval();
  save_model(folder / "net.safetensors", network);
  const std::shared_ptr<nn::Module> loaded = load_model(folder / "net.safetensors");
  EXPECT_EQ(nn::describe(*loaded), nn::describe(network));
  const Tensor x = Tensor::randn({2, 1, 4, 4}, rng);
  EXPECT_EQ((*loaded)(x).values<float>(), network(x).values<float>());
  for (std::size_t i = 0; i < network.parameters().size(); ++i)
    EXPECT_EQ(loaded->parameters()[i].requires_grad(), network.parameters()[i].requires_grad()) << i;
  save_model(folder / "again.safetensors", *loaded);
  EXPECT_EQ(read_bytes(folder / "again.safetensors"), read_bytes(folder / "net.safetensors"));
}

TEST(ModelFile, KeepsDtypes) {
  const TemporaryFolder folder;
  Rng rng(1);
  nn::Linear layer(3, 2, rng);
  layer.to(DType::f64);
  save_model(folder / "net.safetensors", layer);
  EXPECT_EQ(load_model(folder / "net.safetensors")->parameters()[0].dtype(), DType::f64);
}

TEST(ModelFile, OfALayerThatIsMadeInManySteps) {
  const TemporaryFolder folder;
  Rng rng(1);
  save_model(folder / "net.safetensors", nn::SpectralNorm(nn::Linear(200'000, 1, rng), {}, rng));
  EXPECT_EQ(load_model(folder / "net.safetensors")->type(), "ParametrizedLinear");
}

TEST(ModelFile, IsNotWrittenWhereItCouldNotBeRead) {
  class Unknown : public nn::ReLU {};
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { save_model(folder / "net.safetensors", nn::Sequential(nn::ReLU(), Unknown())); }),
              AllOf(HasSubstr("1"), HasSubstr("Unknown")));
  Rng rng(1);
  const nn::Linear layer(2, 2, rng);
  EXPECT_THAT(message_of([&] { save_model(folder / "net.safetensors", nn::Sequential(layer, layer)); }),
              HasSubstr("twice"));
  nn::Linear odd(2, 2, rng);
  odd.weight = Tensor::ones({5, 2}).set_requires_grad(true);
  odd.bias = Tensor::ones({4}).set_requires_grad(true);
  EXPECT_THAT(message_of([&] { save_model(folder / "net.safetensors", odd); }), HasSubstr("bias"));
  EXPECT_TRUE(folder.names().empty());
}

// The message of the IoError; "no error" where there is none.
std::string refusal(const std::string& path) {
  try {
    load_model(path);
  } catch (const IoError& error) {
    return error.what();
  }
  return "no error";
}

struct Damage {
  std::string structure;
  std::string message;
};

const std::string many_levels = [] {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += R"({"type":"Sequential","children":[)";
  return text;
}();
const std::string levels_of_110 = [] {
  std::string text, end;
  for (int i = 0; i < 110; ++i) {
    text += i == 0 ? R"({"type":"Sequential","children":[)" : R"({"name":"0","type":"Sequential","children":[)";
    end += "]}";
  }
  return text + end;
}();

const std::vector<Damage> damages = {
    Damage{"", "structure"},
    Damage{"nonsense", "structure"},
    Damage{"[]", "a module is expected"},
    Damage{"null", "a module is expected"},
    Damage{"{}", "without a type"},
    Damage{R"({"type": 3})", "type"},
    Damage{R"({"type": "Unheard"})", "\"Unheard\""},
    Damage{R"({"type": "Linear"})", "is missing"},
    Damage{R"({"type": "Linear", "weights": 1})", "\"weights\""},
    Damage{R"({"type": "Linear", "options": []})", "object"},
    Damage{R"({"type": "Linear", "options": {"in_features": {}}})", "in_features"},
    Damage{R"({"type": "Linear", "options": {"in_features": 3, "out_features": 2, "bias": 1}})", "bias"},
    Damage{R"({"type": "Linear", "options": {"in_features": 3.5, "out_features": 2, "bias": true}})", "3.5"},
    Damage{R"({"type": "Linear", "options": {"in_features": 2, "out_features": 3, "bias": true}})", "weight"},
    Damage{R"({"type": "Linear", "options": {"in_features": 3, "out_features": 2, "bias": false}})", "unexpected"},
    Damage{R"({"type": "Linear", "options": {"in_features": 1000000, "out_features": 1000000, "bias": true}})",
           "bytes are needed"},
    Damage{R"({"type": "Linear", "options": {"in_features": 9000000000000000000, "out_features": 9, "bias": true}})",
           "Linear"},
    Damage{R"({"type": "Linear", "options": {"in_features": 3, "out_features": 2, "bias": true}, "frozen": ["w"]})",
           "\"w\""},
    Damage{R"({"type": "Linear", "options": {"in_features": 3, "out_features": 2, "bias": true}, "training": 1})",
           "training"},
    Damage{R"({"type": "Sequential", "children": [{"type": "ReLU"}]})", "no name"},
    Damage{R"({"type": "Sequential", "children": [{"name": "1", "type": "ReLU"}]})", "called 1"},
    Damage{R"({"type": "Sequential", "children": {}})", "list"},
    Damage{R"({"type": "Sequential"})", "unexpected"},
    Damage{R"({"type": "ModuleDict"})", "ModuleDict"},
    Damage{R"({"type": "Gate", "options": {"width": 3}})", "Gate"},
    Damage{many_levels, "structure"},
    Damage{levels_of_110, "deeper than 100"}};

TEST(ModelFile, ThatIsDamagedIsRefusedInOneLine) {
  const TemporaryFolder folder;
  Rng rng(1);
  const std::string path = folder / "net.safetensors";
  const StateDict tensors = nn::Linear(3, 2, rng).state_dict();
  for (const auto& [structure, expected] : damages) {
    SCOPED_TRACE(structure.substr(0, 100));
    write_safetensors(path, {tensors, {{"format", "wisp.model"}, {"format_version", "1"}, {"structure", structure}}});
    const std::string message = refusal(path);
    EXPECT_THAT(message, AllOf(HasSubstr(path), HasSubstr(expected)));
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(ModelFile, OfAnotherFormatIsRefused) {
  const TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  const auto message = [&](const std::map<std::string, std::string>& metadata) {
    write_safetensors(path, {{}, metadata});
    return refusal(path);
  };
  EXPECT_THAT(message({}), HasSubstr("wisp.model"));
  EXPECT_THAT(message({{"format", "wisp.dcgan"}}), HasSubstr("wisp.model"));
  for (const char* version : {"2", "0", "-1", "", "1.0"})
    EXPECT_THAT(message({{"format", "wisp.model"}, {"format_version", version}}), HasSubstr("format_version"));
  EXPECT_THAT(refusal(folder / "none"), HasSubstr("none"));
}

}  // namespace
}  // namespace wisp::testing
