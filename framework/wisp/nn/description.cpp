#include <wisp/nn/description.h>

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <shared_mutex>

#include <wisp/core/text.h>

namespace wisp::nn {
namespace {

// Entries are added and never removed, and each stays where it is.
class Registry {
 public:
  void add(std::type_index type, ModuleType entry) {
    check(!entry.name.empty(), "register_type: the name is empty");
    const std::unique_lock lock(mutex_);
    for (const auto& [other_type, other] : entries_) {
      // A line in a header is run by every file that includes it.
      if (other_type == type && other.name == entry.name) return;
      check(other.name != entry.name, "register_type: there is a type {} already", printable(entry.name));
      check(other_type != type, "register_type: the class is registered as {} already", other.name);
    }
    entries_.emplace_back(type, std::move(entry));
  }
  const ModuleType* find(const Module& module) const {
    return first([&](const auto& entry) { return entry.first == typeid(module); });
  }
  const ModuleType* find(const std::string& name) const {
    return first([&](const auto& entry) { return entry.second.name == name; });
  }

 private:
  template <class Is>
  const ModuleType* first(const Is& is) const {
    const std::shared_lock lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(), is);
    return found == entries_.end() ? nullptr : &found->second;
  }

  mutable std::shared_mutex mutex_;
  std::deque<std::pair<std::type_index, ModuleType>> entries_;
};

Registry& registry() {
  static Registry* const instance = [] {  // types are registered before main()
    auto* const made = new Registry;
    for (auto& [type, entry] : detail::layer_types()) made->add(type, std::move(entry));
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

// Runs f; errors that it throws get the name in front.
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

std::string Module::type() const {
  const ModuleType* const type = registry().find(*this);
  return type != nullptr ? type->name : class_name(*this);
}

Options Module::options() const {
  const ModuleType* const type = registry().find(*this);
  return type != nullptr && type->options ? type->options(*this) : Options();
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

std::shared_ptr<Module> Module::clone() const {
  check_registered(*this);
  Rng rng(0);
  std::shared_ptr<Module> result = make_module(describe(*this), rng);
  const auto own = named_parameters(), made = result->named_parameters();
  check(own.size() == made.size(), "clone: {} has {} parameters, another of its description {}: is one used twice?",
        type(), own.size(), made.size());
  result->load_state_dict(state_dict(), true, true);
  for (std::size_t i = 0; i < own.size(); ++i) Tensor(made[i].second).set_requires_grad(own[i].second.requires_grad());
  return result;
}

}  // namespace wisp::nn
