// Module: something with parameters, buffers and children that maps a tensor to a tensor.
//
// Names and keys are PyTorch's: a child's parameters are "child.weight", those of a Sequential "0.weight".
// Copies of a module share their parameters, as copies of a Tensor share their numbers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::nn {

using wisp::StateDict;

/// The base of all layers and networks: implement forward(), and register parameters, buffers and children.
class Module {
 public:
  virtual ~Module() = default;

  /// The module's function. Shapes and errors are those of the ops it is made of.
  virtual Tensor forward(const Tensor& input) = 0;
  Tensor operator()(const Tensor& input) { return forward(input); }

  /// Parameters of this module and its children, in order of registration; one that is used twice is listed once.
  Tensors parameters() const;
  std::vector<std::pair<std::string, Tensor>> named_parameters() const;
  /// Buffers: numbers that belong to the state and are not trained, such as running statistics.
  std::vector<std::pair<std::string, Tensor>> named_buffers() const;

  /// All parameters and buffers by name. The tensors are handles on the module's own, outside the graph.
  StateDict state_dict() const;
  /// Copies `state` into the parameters and buffers. Throws Error naming the tensor when one is missing or unexpected,
  /// or its shape or dtype differs; nothing has been changed then.
  void load_state_dict(const StateDict& state);

  /// Calls f on all modules below this one, children before the module they belong to, and then on this one.
  void apply(const std::function<void(Module&)>& f);

  /// Sets training or evaluation mode, here and in all children.
  void train(bool mode = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Clears the gradients of all parameters.
  void zero_grad();
  /// Converts all floating parameters and buffers in place. Drops their gradients. Throws Error unless dtype is
  /// floating; where it throws, nothing has been changed.
  void to(DType dtype);

 protected:
  Module() = default;
  Module(const Module&) = default;
  Module(Module&&) = default;
  Module& operator=(const Module&) = default;
  Module& operator=(Module&&) = default;

  // Names are unique within a module, be they of parameters, buffers or children: all three throw Error when one is
  // taken, empty or contains a dot, and have registered nothing then.

  /// Registers a leaf that requires grad; an undefined tensor is not registered. Returns it.
  Tensor register_parameter(const std::string& name, Tensor parameter);
  /// Registers a tensor that is saved and converted, and not trained; an undefined one is not registered. Returns it.
  Tensor register_buffer(const std::string& name, Tensor buffer);
  /// Registers a child and returns it.
  template <class M>
  std::shared_ptr<M> register_module(const std::string& name, M module) {
    check_name("register_module", name);
    auto child = std::make_shared<M>(std::move(module));
    children_.emplace_back(name, child);
    return child;
  }

 private:
  std::vector<std::pair<std::string, Tensor>> all_parameters() const;
  void check_name(const char* op, const std::string& name) const;

  std::vector<std::pair<std::string, Tensor>> parameters_;
  std::vector<std::pair<std::string, Tensor>> buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children_;
  bool training_ = true;
};

}  // namespace wisp::nn
