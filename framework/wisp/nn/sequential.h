// Sequential: modules one after another, named "0", "1", ...
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>

namespace wisp::nn {

/// Applies its layers in order; a BatchNorm and the ReLU or LeakyReLU behind it in one pass.
class Sequential : public Module {
 public:
  Sequential() = default;
  /// Sequential(Conv2d(...), ReLU(), ...).
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) > 1 ||
           (!std::same_as<Modules, Sequential> && ...)) explicit Sequential(Modules... modules) {
    (push_back(std::move(modules)), ...);
  }
  explicit Sequential(const std::vector<std::shared_ptr<Module>>& modules);
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  /// Adds a layer at the end.
  template <std::derived_from<Module> M>
  void push_back(M module) {
    register_module(std::to_string(size()), std::move(module));
  }

  Tensor forward(const Tensor& input) const override;

  std::size_t size() const { return named_children().size(); }
  /// Layer i; throws Error when there is none.
  Module& operator[](std::size_t i) const {
    check(i < size(), "Sequential: layer {} asked for, there are {}", i, size());
    return *named_children()[i].second;
  }
};

}  // namespace wisp::nn
