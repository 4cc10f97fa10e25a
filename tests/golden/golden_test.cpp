// golden_test: every case of a folder of golden answers, in f64, and every training trace.
//
// The folder is WISP_GOLDEN_DIR when set, else tests/golden; its README says what is in it. Exits with 0 when every
// case agrees: values and first derivatives to 1e-10, second derivatives and traces to 1e-9, as max|a - b| / max|b|.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/core.h>

#include <tests/golden/trace.h>
#include <tests/ops/op_table.h>
#include <wisp/autograd/backward.h>
#include <wisp/io/safetensors.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

using nlohmann::json;

void run_case(const json& definition, const Safetensors& file, Report& report) {
  const std::string name = definition.at("name"), op = definition.at("op");
  const auto row = op_table().find(op);
  check(row != op_table().end(), "op {} is not in the op table", op);
  for (const auto& [option, value] : definition.at("options").items())
    check(row->second.options.contains(option), "op {} has no option {}", op, option);
  const auto tensor = [&](const std::string& key) {
    const auto found = file.tensors.find(name + "/" + key);
    check(found != file.tensors.end(), "tensor {}/{} is missing", name, key);
    return found->second;
  };
  Arguments arguments;
  arguments.options = definition.at("options");
  Tensors inputs;
  const std::vector<std::string> names = definition.at("inputs");
  for (const std::string& input : names) {
    inputs.push_back(tensor("in." + input).set_requires_grad(true));
    arguments.tensors[input] = inputs.back();
  }
  for (const std::string constant : definition.at("constants"))
    arguments.tensors[constant] = tensor("const." + constant);

  const Tensor y = row->second.call(arguments);
  report.compare(name + " value", y, tensor("out"), first_order);
  const Tensor v = tensor("v").set_requires_grad(true);
  const bool second = definition.at("second_order");
  const Tensors grads = grad({y}, inputs, {.grad_outputs = {v}, .create_graph = second});
  for (std::size_t i = 0; i < names.size(); ++i)
    report.compare(name + " grad." + names[i], grads[i], tensor("grad." + names[i]), first_order);
  if (!second) return;

  Tensor s = Tensor::zeros({}, DType::f64);
  for (std::size_t i = 0; i < names.size(); ++i) s = s + sum(tensor("u." + names[i]) * grads[i]);
  Tensors wanted = inputs;
  wanted.push_back(v);
  Tensors seconds(wanted.size());
  if (s.requires_grad()) seconds = grad({s}, wanted, {.allow_unused = true});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string key = "grad2." + (i < names.size() ? names[i] : "v");
    const Tensor actual = seconds[i].defined() ? seconds[i] : Tensor::zeros(wanted[i].shape(), DType::f64);
    report.compare(name + " " + key, actual, tensor(key), second_order);
  }
}

int run_cases(const std::filesystem::path& folder, Report& report) {
  std::ifstream stream(folder / "ops.json");
  if (!stream) return 0;
  const json cases = json::parse(stream).at("cases");
  const Safetensors file = read_safetensors((folder / "ops.safetensors").string());
  for (const json& definition : cases) {
    try {
      run_case(definition, file, report);
    } catch (const std::exception& error) {
      report.fail(definition.value("name", "a case without name"), error.what());
    }
  }
  return static_cast<int>(cases.size());
}

// Runs every trace in the folder, in the order of their names. Returns the number of steps.
int run_traces(const std::filesystem::path& folder, Report& report) {
  std::set<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().ends_with("_trace.safetensors")) paths.insert(entry.path());
  int steps = 0;
  for (const std::filesystem::path& path : paths) {
    try {
      steps += run_trace(path, report);
    } catch (const std::exception& error) {
      report.fail(path.string(), error.what());
    }
  }
  return steps;
}

int run() {
  const char* variable = std::getenv("WISP_GOLDEN_DIR");
  const std::filesystem::path folder = variable != nullptr ? variable : WISP_SOURCE_DIR "/tests/golden";
  Report report;
  int cases = 0, steps = 0;
  try {
    cases = run_cases(folder, report);
    steps = run_traces(folder, report);
  } catch (const std::exception& error) {
    report.fail(folder.string(), error.what());
  }
  if (cases == 0 && steps == 0)
    report.fail(folder.string(), "neither cases (ops.json) nor traces (*_trace.safetensors)");
  fmt::print(
      "golden: {} cases, {} steps of traces, {} failed; worst error {:.1e} in values and first derivatives, {:.1e} in "
      "second derivatives and traces\n",
      cases, steps, report.failures(), report.worst_first(), report.worst_second());
  return report.failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace wisp::testing

int main() { return wisp::testing::run(); }
