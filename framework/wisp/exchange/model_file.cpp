#include <wisp/exchange/model_file.h>

#include <cmath>
#include <set>

#include <wisp/core/allocator.h>
#include <wisp/io/json.h>
#include <wisp/io/safetensors.h>
#include <wisp/nn/description.h>

namespace wisp {
namespace {

using nlohmann::json;
using nn::Description;
using nn::OptionValue;

constexpr const char* format_name = "wisp.model";
constexpr const char* format_version = "1";

json to_json(const OptionValue& value) {
  return std::visit(
      []<class T>(const T& x) -> json {
        if constexpr (std::is_same_v<T, std::monostate>) return nullptr;
        if constexpr (std::is_same_v<T, double>)
          check(std::isfinite(x), "save_model: an option is {}, a finite number is expected", x);
        if constexpr (!std::is_same_v<T, std::monostate>) return x;
      },
      value);
}

json to_json(const Description& description) {
  json result{{"type", description.type}};
  if (!description.training) result["training"] = false;
  for (const nn::Option& option : description.options) result["options"][option.name] = to_json(option.value);
  for (const auto& [name, child] : description.children) {
    json entry = to_json(child);
    entry["name"] = name;
    result["children"].push_back(std::move(entry));
  }
  return result;
}

// Frozen parameters are listed by name beside the outermost module.
json frozen_parameters(const nn::Module& module) {
  json result = json::array();
  for (const auto& [name, parameter] : module.named_parameters())
    if (!parameter.requires_grad()) result.push_back(name);
  return result;
}

OptionValue option_value_of(const std::string& name, const json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) {
    std::int64_t whole = 0;
    read_json(value, "an option", whole);
    return whole;
  }
  check(value.is_array(), "option {} is {}, a number, a text or a list of whole numbers is expected", printable(name),
        shown(value));
  std::vector<std::int64_t> numbers;
  for (const json& item : value) read_json(item, "a number of an option", numbers.emplace_back());
  return numbers;
}

Description description_of(const json& object) {
  static const std::set<std::string> members{"type", "training", "options", "children", "name", "frozen"};
  check(object.is_object(), "the structure has {} where a module is expected", shown(object));
  for (const auto& [name, value] : object.items())
    check(members.contains(name), "the structure has {}, which no module has", quote(name));
  Description result;
  check(object.contains("type"), "the structure has a module without a type: {}", shown(object));
  read_json(object["type"], "the type of a module", result.type);
  if (object.contains("training")) read_json(object["training"], "training", result.training);
  const json options = object.value("options", json::object()), children = object.value("children", json::array());
  check(options.is_object() && children.is_array(), "{}: its options must be an object and its children a list",
        printable(result.type));
  std::vector<nn::Option> list;
  for (const auto& [name, value] : options.items()) list.push_back({name, option_value_of(name, value)});
  result.options = nn::Options(std::move(list));
  for (const json& child : children) {
    Description of_child = description_of(child);
    std::string name;
    check(child.contains("name"), "{}: a child has no name", printable(result.type));
    read_json(child["name"], "the name of a module", name);
    result.children.emplace_back(std::move(name), std::move(of_child));
  }
  return result;
}

std::string text_of(const json& structure) {
  try {
    return structure.dump();
  } catch (const json::exception&) {
    fail("save_model: a name or an option of the network is not UTF-8");
  }
}

// How many bytes making the network may take: the file's tensors several times over, and some for what is small.
std::size_t most_bytes_for(const StateDict& tensors) {
  constexpr std::size_t always = std::size_t{1} << 20, times = 6;
  std::size_t result = always;
  for (const auto& [name, tensor] : tensors) result += times * tensor.storage()->bytes;
  return result;
}

void freeze(const nn::Module& module, const json& names) {
  check(names.is_array(), "the structure's frozen parameters are {}, a list of names is expected", shown(names));
  const auto named = module.named_parameters();
  StateDict parameters(named.begin(), named.end());
  for (const json& entry : names) {
    std::string name;
    read_json(entry, "the name of a frozen parameter", name);
    check(parameters.contains(name), "there is no parameter {} to be frozen", quote(name));
    parameters[name].set_requires_grad(false);
  }
}

std::shared_ptr<nn::Module> build(const Safetensors& file) {
  const auto metadata = [&](const char* name) {
    const auto found = file.metadata.find(name);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  check(metadata("format") == format_name, "no model file: its metadata should say format = {}, as save_model writes",
        format_name);
  check(metadata("format_version") == format_version, "its format_version is {}, this version of Wisp reads {}",
        quote(metadata("format_version")), format_version);
  json structure;
  try {
    structure = parse_json(metadata("structure"), {.bytes = std::size_t{1} << 24, .depth = 256});
  } catch (const JsonError& error) {
    fail("the structure {}", error.what());
  }
  const Description description = description_of(structure);
  Rng rng(0);
  std::shared_ptr<nn::Module> module;
  {
    const AllocationLimit limit(most_bytes_for(file.tensors));
    module = nn::make_module(description, rng);
  }
  module->load_state_dict(file.tensors, true, true);
  if (structure.contains("frozen")) freeze(*module, structure["frozen"]);
  return module;
}

}  // namespace

void save_model(const std::string& path, const nn::Module& module) {
  module.clone();  // throws where it could not be read back
  json structure = to_json(nn::describe(module));
  if (json frozen = frozen_parameters(module); !frozen.empty()) structure["frozen"] = std::move(frozen);
  write_safetensors(path,
                    {module.state_dict(),
                     {{"format", format_name}, {"format_version", format_version}, {"structure", text_of(structure)}}});
}

std::shared_ptr<nn::Module> load_model(const std::string& path) {
  const Safetensors file = read_safetensors(path);
  try {
    return build(file);
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
}

}  // namespace wisp
