#include <wisp/nn/description.h>

#include <cxxabi.h>

#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <typeinfo>
#include <unordered_map>

#include <wisp/core/text.h>
#include <wisp/nn/layer_types.h>

namespace wisp::nn {
namespace {

// Entries are added and never removed, and each stays where it is.
class Registry {
 public:
  void add(std::type_index type, ModuleType entry) {
    const std::unique_lock lock(mutex_);
    check(!entry.name.empty(), "register_type: the name is empty");
    // A line in a header is run by every file that includes it.
    const auto known = by_class_.find(type);
    if (known != by_class_.end() && known->second.name == entry.name) return;
    check(!by_name_.contains(entry.name), "register_type: there is a type {} already", printable(entry.name));
    const auto [added, is_new] = by_class_.try_emplace(type, std::move(entry));
    check(is_new, "register_type: the class is registered as {} already", added->second.name);
    by_name_.emplace(added->second.name, &added->second);
  }
  const ModuleType* find(const Module& module) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_class_.find(typeid(module));
    return found == by_class_.end() ? nullptr : &found->second;
  }
  const ModuleType* find(const std::string& name) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::type_index, ModuleType> by_class_;
  std::unordered_map<std::string, const ModuleType*> by_name_;
};

Registry& registry() {
  static Registry* const instance = [] {  // types are registered before main()
    auto* const made = new Registry;
    for (auto& [type, entry] : layer_types()) made->add(type, std::move(entry));
    return made;
  }();
  return *instance;
}

// "Block" of lab::(anonymous namespace)::Block.
std::string class_name(const Module& module) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(typeid(module).name(), nullptr, nullptr, &status), std::free);
  std::string name = status == 0 ? text.get() : typeid(module).name();
  name = name.substr(0, name.find('<'));
  const std::size_t colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

// Runs f; complaints begin with the name.
template <class F>
auto behind(const std::string& name, const F& f) {
  try {
    return f();
  } catch (const Error& error) {
    fail("{}: {}", printable(name, 100), error.what());
  }
}

void set_modes(Module& module, const Description& description) {
  module.train(description.training);
  for (std::size_t i = 0; i < description.children.size(); ++i)
    set_modes(*module.named_children()[i].second, description.children[i].second);
}

// Throws Error where somebody's class is not known.
void check_registered(const Module& module) {
  check(registry().find(module) != nullptr,
        "the type {} of a module is registered by nobody; nn::register_type makes one known", quote(module.type()));
  for (const auto& [name, child] : module.named_children())
    behind(name, [&, &below = child] { check_registered(*below); });
}

// Throws Error where what was made is not what is described.
void check_made(const Description& wanted, const Description& made) {
  check(wanted.type == made.type, "its constructor makes a {}", printable(made.type));
  for (const Option& option : made.options) {
    const OptionValue& value = wanted.options[option.name];
    check(value == option.value, "option {} is {}, its constructor makes that {}", option.name,
          printable(to_string(value), 100), to_string(option.value));
  }
  check(wanted.options.size() == made.options.size(), "{} options are given, it has {}", wanted.options.size(),
        made.options.size());
  check(wanted.children.size() == made.children.size(), "{} children are given, its constructor makes {}",
        wanted.children.size(), made.children.size());
  for (std::size_t i = 0; i < wanted.children.size(); ++i) {
    const auto& [name, child] = wanted.children[i];
    check(name == made.children[i].first, "child {} is called {}, its constructor calls it {}", i, printable(name, 100),
          made.children[i].first);
    behind(name, [&, &description = child] { check_made(description, made.children[i].second); });
  }
}

}  // namespace

bool register_type(std::type_index type, ModuleType entry) {
  registry().add(type, std::move(entry));
  return true;
}

std::string registered_type(const Module& module) {
  const ModuleType* const type = registry().find(module);
  return type != nullptr ? type->name : "";
}

std::string type_of(const Module& module) {
  const ModuleType* const type = registry().find(module);
  return type != nullptr ? type->name : class_name(module);
}

Options registered_options(const Module& module) {
  const ModuleType* const type = registry().find(module);
  return type != nullptr && type->options ? type->options(module) : Options();
}

Description describe(const Module& module) {
  Description result{module.type(), module.options(), module.is_training(), {}};
  for (const auto& [name, child] : module.named_children()) result.children.emplace_back(name, describe(*child));
  return result;
}

std::shared_ptr<Module> make_module(const Description& description, Rng& rng) {
  const ModuleType* const type = registry().find(description.type);
  check(type != nullptr, "no type of modules is called {}; nn::register_type makes one known", quote(description.type));
  check(type->make != nullptr, "{} is made by the layer that has it alone", type->name);
  return behind(type->name, [&] {
    std::shared_ptr<Module> module = type->make(description, rng);
    check_made(description, describe(*module));
    set_modes(*module, description);
    return module;
  });
}

std::vector<std::shared_ptr<Module>> make_children(const Description& description, Rng& rng) {
  std::vector<std::shared_ptr<Module>> result;
  for (const auto& [name, child] : description.children)
    result.push_back(behind(name, [&, &of = child] { return make_module(of, rng); }));
  return result;
}

void take_numbers(Module& module, const StateDict& state) {
  std::vector<std::pair<Tensor, Tensor>> pairs;  // all first, since one may not fit
  for (const auto& tensors : {module.named_parameters(), module.named_buffers()})
    for (const auto& [name, tensor] : tensors) {
      const auto found = state.find(name);
      check(found != state.end(), "tensor {} is missing, {} is expected", printable(name), tensor.shape());
      const Tensor& given = found->second;
      check(given.shape() == tensor.shape(), "tensor {} is {}, {} is expected", printable(name), given.shape(),
            tensor.shape());
      check(given.dtype() == tensor.dtype() || (is_floating(given.dtype()) && is_floating(tensor.dtype())),
            "tensor {} is {}, {} is expected", printable(name), name_of(given.dtype()), name_of(tensor.dtype()));
      Tensor copy = Tensor::empty(given.shape(), given.dtype());
      copy.copy_(given.detach());
      pairs.emplace_back(tensor, copy);
    }
  const StateDict own = module.state_dict();
  for (const auto& [name, tensor] : state) check(own.contains(name), "tensor {} is unexpected", printable(name));
  for (auto& [tensor, copy] : pairs) tensor.set_data(copy);
}

std::shared_ptr<Module> clone_of(const Module& module) {
  check_registered(module);
  Rng rng(0);
  const std::shared_ptr<Module> result = make_module(describe(module), rng);
  const auto own = module.named_parameters(), made = result->named_parameters();
  check(own.size() == made.size(), "clone: {} has {} parameters, another of its description {}: is one used twice?",
        module.type(), own.size(), made.size());
  take_numbers(*result, module.state_dict());
  for (std::size_t i = 0; i < own.size(); ++i) Tensor(made[i].second).set_requires_grad(own[i].second.requires_grad());
  return result;
}

}  // namespace wisp::nn
