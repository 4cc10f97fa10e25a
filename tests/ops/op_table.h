// The op table: one row per op. It drives the golden cases (tests/golden), gradcheck and gradgradcheck.
//
// A row says how a case's tensors and options become a call, and gives sample shapes for the gradient checks.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

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

/// Shapes of the inputs of a gradient check, and its options. Values are random; those of inputs in `positive` are
/// moved to [0.5, 1.5).
struct Sample {
  std::vector<std::pair<std::string, Shape>> inputs;
  nlohmann::json options = nlohmann::json::object();
  std::set<std::string> positive = {};
};

struct OpRow {
  std::set<std::string> options;  ///< the names it understands
  std::function<Tensor(const Arguments&)> call;
  std::vector<Sample> samples;
};

const std::map<std::string, OpRow>& op_table();

}  // namespace wisp::testing
