// Description: what a module is, from which another of the same can be made; and the types of modules by name.
//
// A module of one's own takes part with one line that names its type, its constructor's arguments and the members that
// hold them; the constructor may take a wisp::Rng behind them:
//
//   class Block : public nn::Module {
//    public:
//     Block(std::int64_t channels, double scale, Rng& rng);
//     const std::int64_t channels;
//     const double scale;
//     ...
//   };
//   const bool block_is_known = nn::register_type<Block>("Block", {"channels", "scale"}, &Block::channels,
//   &Block::scale);
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>
#include <wisp/nn/options.h>

namespace wisp::nn {

/// A module's type, options, mode and children.
struct Description {
  std::string type;
  Options options = {};
  bool training = true;
  std::vector<std::pair<std::string, Description>> children = {};

  bool operator==(const Description&) const = default;
};

/// What the module says of itself and of all below it. Also of modules whose type nobody registered.
Description describe(const Module& module);

/// A module as it is described, with weights as its constructor makes them. Throws Error naming the place in the
/// description whose type nobody registered, whose options its constructor refuses, or of which its constructor makes
/// something else.
std::shared_ptr<Module> make_module(const Description& description, Rng& rng);
/// The children that are described, for the types that are given theirs.
std::vector<std::shared_ptr<Module>> make_children(const Description& description, Rng& rng);

/// Makes the parameters and buffers hold copies of these numbers, in the dtype that they have there. Throws Error
/// naming the tensor that is missing, unexpected, of another shape, or of whole numbers where others are expected;
/// nothing has been changed then.
void take_numbers(Module& module, const StateDict& state);

/// What is known of a type of modules.
struct ModuleType {
  std::string name;
  /// Makes one of options and children, which a layer may leave alone.
  std::function<std::shared_ptr<Module>(const Description&, Rng&)> make = {};
  std::function<Options(const Module&)> options = {};  ///< for classes without an options() of their own
};

/// Makes the class known under a name, for printing, clone(), and files; once more is no error. Throws Error when the
/// name is that of another class, or the class has another name already. Returns true.
bool register_type(std::type_index type, ModuleType entry);

/// A name for each of these members.
template <class... Member>
using Names = std::array<const char*, sizeof...(Member)>;

/// The same for a class M whose constructor takes these members, and perhaps an Rng behind them: whole numbers,
/// numbers, bool, std::string or Size2d. The names are those of its options.
template <class M, class... Member>
bool register_type(std::string name, const Names<Member...>& names, Member M::*... members);
/// The same for a class whose constructor takes nothing, or an Rng.
template <class M>
bool register_type(std::string name);

/// The name that the module's class is registered under; empty where nobody registered it. Unlike type(), which is then
/// the bare name of the class, it is never that of another class.
std::string registered_type(const Module& module);
/// See Module::type(), options() and clone().
std::string type_of(const Module& module);
Options registered_options(const Module& module);
std::shared_ptr<Module> clone_of(const Module& module);

/// The option as a member's type. Throws Error also for a whole number that the member cannot hold.
template <class Member>
std::remove_const_t<Member> member_of(const Options& options, const char* name) {
  using T = std::remove_const_t<Member>;
  const auto value = options.get<OptionType<T>>(name);
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    check(std::in_range<T>(value), "option {} is {}, out of range", name, value);
  return static_cast<T>(value);
}

template <class M, class... Member>
ModuleType module_type(std::string name, const Names<Member...>& names, Member M::*... members) {
  const auto make = [names](const Description& d, Rng& rng) -> std::shared_ptr<Module> {
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      if constexpr (std::is_constructible_v<M, std::remove_const_t<Member>..., Rng&>)
        return std::make_shared<M>(member_of<Member>(d.options, names[i])..., rng);
      else
        return std::make_shared<M>(member_of<Member>(d.options, names[i])...);
    }
    (std::index_sequence_for<Member...>{});
  };
  const auto options = [names, members...](const Module& module) {
    const M& m = static_cast<const M&>(module);
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return Options{Option{names[i], option_value(m.*members)}...};
    }
    (std::index_sequence_for<Member...>{});
  };
  return {std::move(name), make, options};
}

template <class M, class... Member>
bool register_type(std::string name, const Names<Member...>& names, Member M::*... members) {
  return register_type(typeid(M), module_type<M, Member...>(std::move(name), names, members...));
}

template <class M>
bool register_type(std::string name) {
  return register_type(typeid(M), module_type<M>(std::move(name), {}));
}

}  // namespace wisp::nn
