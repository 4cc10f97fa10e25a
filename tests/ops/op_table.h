// The op table: one row per op. It drives the golden cases (tests/golden), the checks of values, of derivatives, of
// bf16, of errors and of extreme shapes and options (tests/ops), and the networks exported to ONNX (tests/exchange).
//
// A row says how a case's tensors and options become a call, what the answer is, and which shapes and options to try.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wisp/core/rng.h>
#include <wisp/ops/conv2d.h>

namespace wisp::testing {

/// The tensors and options of one call, by PyTorch's names.
class Arguments {
 public:
  std::map<std::string, Tensor> tensors;
  nlohmann::json options = nlohmann::json::object();

  /// The tensor of that name; undefined when the case has none.
  Tensor operator[](const std::string& name) const {
    const auto found = tensors.find(name);
    return found == tensors.end() ? Tensor{} : found->second;
  }
  template <class T>
  T get(const std::string& name, T otherwise) const {
    return options.contains(name) ? options.at(name).get<T>() : otherwise;
  }
  /// A number or [height, width].
  Size2d size(const std::string& name, Size2d otherwise) const {
    if (!options.contains(name)) return otherwise;
    const nlohmann::json& value = options.at(name);
    return value.is_array() ? Size2d(value.at(0), value.at(1)) : Size2d(value.get<std::int64_t>());
  }
  /// A number or a list of numbers.
  std::vector<int> dims(const std::string& name) const {
    if (!options.contains(name)) return {};
    const nlohmann::json& value = options.at(name);
    return value.is_array() ? value.get<std::vector<int>>() : std::vector<int>{value.get<int>()};
  }
};

/// Shapes of the inputs of a check, and its options. Values are random; those of inputs in `positive` are
/// moved to [0.5, 1.5).
struct Sample {
  std::vector<std::pair<std::string, Shape>> inputs;
  nlohmann::json options = nlohmann::json::object();
  std::set<std::string> positive = {};
};

/// Random f64 values for a sample, as leaves that require grad.
Arguments arguments_of(const Sample& sample, Rng& rng);

using Call = std::function<Tensor(const Arguments&)>;

struct OpRow {
  std::set<std::string> options;  ///< the names it understands
  Call call;
  std::vector<Sample> samples;
  /// What the call must give in f64, written in another way. Without it there must be golden cases.
  Call answer = {};
  /// Of an op that computes every number from those at its place in the inputs: the derivatives of the answer's sum
  /// with respect to each input of a sample. They are asked at borders, infinities and NaN, too.
  std::vector<Call> slopes = {};

  bool is_elementwise() const { return !slopes.empty(); }
};

const std::map<std::string, OpRow>& op_table();

}  // namespace wisp::testing
