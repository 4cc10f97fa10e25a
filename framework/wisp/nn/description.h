// Description: what a module is, from which another of the same can be made; and the types of modules by name.
//
// A module of one's own takes part with one line that names its type, its constructor's arguments and the members that
// hold them. The constructor may take an Rng behind them, as Block(std::int64_t channels, double scale, Rng& rng):
//
//   const bool block_is_known =
//       nn::register_type<Block>("Block", {"channels", "scale"}, &Block::channels, &Block::scale);
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
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
/// The children that are described, for types that are made of modules, such as Sequential.
std::vector<std::shared_ptr<Module>> make_children(const Description& description, Rng& rng);

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
bool register_type(std::string name, const Names<Member...>& names = {}, Member M::*... members);

namespace detail {

/// The layers that Wisp has, by the names that PyTorch prints: the class of each and what is known of it. A layer that
/// is not in this list prints, and cannot be cloned or saved.
std::vector<std::pair<std::type_index, ModuleType>> layer_types();

template <class M, class... Member>
ModuleType module_type(std::string name, const Names<Member...>& names, Member M::*... members) {
  const auto make = [names](const Description& d, Rng& rng) -> std::shared_ptr<Module> {
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      if constexpr (std::is_constructible_v<M, std::remove_const_t<Member>..., Rng&>)
        return std::make_shared<M>(d.options.get<std::remove_const_t<Member>>(names[i])..., rng);
      else
        return std::make_shared<M>(d.options.get<std::remove_const_t<Member>>(names[i])...);
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

}  // namespace detail

template <class M, class... Member>
bool register_type(std::string name, const Names<Member...>& names, Member M::*... members) {
  return register_type(typeid(M), detail::module_type<M, Member...>(std::move(name), names, members...));
}

}  // namespace wisp::nn
