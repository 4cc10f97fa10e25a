// Every layer against PyTorch's: its printout, options, state dict, values, gradients, and what a pass changes
// (tests/golden/layers). The structures come from PyTorch's modules, so reading model files is tested with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include <tests/golden/report.h>
#include <tests/temporary_folder.h>
#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

using nlohmann::json;

const std::string folder = std::string(WISP_SOURCE_DIR) + "/tests/golden/layers/";

json read_cases() {
  std::ifstream stream(folder + "layers.json");
  return json::parse(stream);
}

const Safetensors& answers() {
  static const Safetensors file = read_safetensors(folder + "layers.safetensors");
  return file;
}

// The tensors of a case whose names begin with `prefix`, by the rest.
StateDict tensors_of(const std::string& name, const std::string& prefix) {
  StateDict result;
  const std::string begin = name + "/" + prefix;
  for (const auto& [key, tensor] : answers().tensors)
    if (key.starts_with(begin)) result.emplace(key.substr(begin.size()), tensor);
  return result;
}

void expect_close(const Tensor& actual, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  ASSERT_EQ(actual.dtype(), expected.dtype()) << what;
  if (expected.dtype() == DType::i64) {
    EXPECT_EQ(actual.values<std::int64_t>(), expected.values<std::int64_t>()) << what;
    return;
  }
  const std::vector<double> a = actual.values<double>(), b = expected.values<double>();
  double scale = 1e-300, error = 0;
  for (const double x : b) scale = std::max(scale, std::abs(x));
  for (std::size_t i = 0; i < a.size(); ++i) error = std::max(error, std::abs(a[i] - b[i]));
  EXPECT_LE(error / scale, 1e-10) << what;
}

std::shared_ptr<nn::Module> loaded(const json& c, const TemporaryFolder& temporary) {
  const std::string path = temporary / "layer.safetensors";
  write_safetensors(path, {tensors_of(c["name"], "state."),
                           {{"format", "wisp.model"}, {"format_version", "1"}, {"structure", c["structure"].dump()}}});
  return load_model(path);
}

TEST(GoldenLayers, PrintAndComputeAsPyTorchs) {
  const TemporaryFolder temporary;
  for (const json& c : read_cases()) {
    const std::string name = c["name"];
    SCOPED_TRACE(name);
    const std::shared_ptr<nn::Module> layer = loaded(c, temporary);
    EXPECT_EQ(fmt::format("{}", *layer), c["printed"].get<std::string>());
    Tensor x = answers().tensors.at(name + "/in");
    x.set_requires_grad(true);
    const Tensor y = (*layer)(x);
    expect_close(y.detach(), answers().tensors.at(name + "/out"), "out");
    Tensors wanted{x};
    std::vector<std::string> keys{"in"};
    for (const auto& [key, parameter] : layer->named_parameters()) {
      wanted.push_back(parameter);
      keys.push_back(key);
    }
    const Tensors gradients = grad({y}, wanted, {.grad_outputs = {answers().tensors.at(name + "/v")}});
    for (std::size_t i = 0; i < keys.size(); ++i)
      expect_close(gradients[i], answers().tensors.at(name + "/grad." + keys[i]), "grad." + keys[i]);
    const StateDict after = tensors_of(name, "after."), state = layer->state_dict();
    ASSERT_EQ(state.size(), after.size());
    for (const auto& [key, tensor] : after) expect_close(state.at(key), tensor, "after." + key);
    layer->eval();
    expect_close((*layer)(x.detach()), answers().tensors.at(name + "/eval"), "eval");
  }
}

TEST(GoldenLayers, AreAllThereAre) {
  std::set<std::string> seen;
  const std::function<void(const json&)> visit = [&](const json& structure) {
    seen.insert(structure["type"].get<std::string>());
    for (const json& child : structure.value("children", json::array())) visit(child);
  };
  for (const json& c : read_cases()) visit(c["structure"]);
  for (const auto& [type, entry] : nn::detail::layer_types()) EXPECT_TRUE(seen.contains(entry.name)) << entry.name;
}

TEST(GoldenLayers, AreWrittenAsTheyWereRead) {
  const TemporaryFolder temporary;
  for (const json& c : read_cases()) {
    SCOPED_TRACE(c["name"].get<std::string>());
    const std::string path = temporary / "again.safetensors";
    save_model(path, *loaded(c, temporary));
    EXPECT_EQ(json::parse(read_safetensors(path).metadata.at("structure")), c["structure"]);
  }
}

}  // namespace
}  // namespace wisp::testing
