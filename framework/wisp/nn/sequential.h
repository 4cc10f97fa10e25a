// Sequential: modules one after another, named "0", "1", ...
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <vector>

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

  /// Adds a layer at the end.
  template <std::derived_from<Module> M>
  void push_back(M module) {
    layers_.reserve(layers_.size() + 1);  // or a layer could be registered that forward() does not know
    layers_.push_back(register_module(std::to_string(layers_.size()), std::move(module)));
  }

  Tensor forward(const Tensor& input) override;

  std::size_t size() const { return layers_.size(); }
  /// Layer i; throws Error when there is none.
  Module& operator[](std::size_t i) const {
    check(i < layers_.size(), "Sequential: layer {} asked for, there are {}", i, layers_.size());
    return *layers_[i];
  }

 private:
  std::vector<std::shared_ptr<Module>> layers_;
};

}  // namespace wisp::nn
