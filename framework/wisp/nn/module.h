// Module: something with parameters, buffers and children that maps tensors to tensors.
//
// A module is a handle, as a Tensor is: a copy is the same layer, with the same parameters, buffers, children, hooks
// and mode. clone() makes a layer of its own. Names and keys are PyTorch's: a child's parameters are "child.weight",
// those of a Sequential "0.weight". A module may be evaluated by several threads at once.
//
// A module of one's own keeps what it registers, as handles:
//
//   class Block : public nn::Module {
//    public:
//     Block(std::int64_t channels, Rng& rng)
//         : conv_(register_module("conv", nn::Conv2d(channels, channels, 3, {.padding = 1}, rng))),
//           scale_(register_parameter("scale", Tensor::ones({1}))) {}
//     Tensor forward(const Tensor& x) const override { return x + conv_(x) * scale_; }
//
//    private:
//     nn::Conv2d conv_;
//     Tensor& scale_;
//   };
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wisp/core/checkpoint_state.h>
#include <wisp/core/tensor.h>
#include <wisp/nn/options.h>

namespace wisp::nn {

using wisp::StateDict;

class Module;
struct Description;  // see description.h

/// Is given a module that is called, its inputs and its outputs; returns the outputs to go on with, or nothing to leave
/// them as they are.
using ForwardHook = std::function<Tensors(const Module&, const Tensors& inputs, const Tensors& outputs)>;
/// Is given a module that is about to be called and its inputs; returns the inputs to go on with, or nothing.
using ForwardPreHook = std::function<Tensors(const Module&, const Tensors& inputs)>;

/// What load_state_dict() passed over.
struct IncompatibleKeys {
  std::vector<std::string> missing_keys;     ///< of the module, not in the state dict
  std::vector<std::string> unexpected_keys;  ///< in the state dict, not of the module
};

/// The base of all layers and networks: implement forward(), and register parameters, buffers and children.
class Module {
 public:
  virtual ~Module() = default;

  /// The module's function of one tensor. Shapes and errors are those of the ops it is made of. Throws Error where a
  /// module has neither this nor forward_all().
  virtual Tensor forward(const Tensor& input) const;
  /// The module's function of several tensors, or with several results: implement this one then.
  virtual Tensors forward_all(const Tensors& inputs) const;

  /// Calls the hooks and the function. Throws Error where not one tensor comes out, of a module that gives several.
  Tensor operator()(const Tensor& input) const;
  Tensors operator()(const Tensors& inputs) const;

  /// What it is, as PyTorch prints it: the name it was registered under (see description.h), else that of its class.
  std::string type() const;
  /// What it was made with; nothing where its class does not say.
  virtual Options options() const;
  using NamedModules = std::vector<std::pair<std::string, std::shared_ptr<Module>>>;
  /// Its children by name, in order of registration.
  const NamedModules& named_children() const { return state_->children; }
  /// A layer of its own: of the same type, options and mode, with copies of all numbers. Throws Error naming the
  /// module, it or one below it, whose type nobody registered.
  std::shared_ptr<Module> clone() const;

  /// Parameters of this module and its children, in order of registration; one that is used twice is listed once.
  Tensors parameters() const;
  std::vector<std::pair<std::string, Tensor>> named_parameters() const;
  /// Buffers: numbers that belong to the state and are not trained, such as running statistics.
  std::vector<std::pair<std::string, Tensor>> named_buffers() const;

  /// All parameters and buffers by name. The tensors are handles on the module's own, outside the graph.
  StateDict state_dict() const;
  /// Copies `state` into the parameters and buffers. Throws Error naming the tensor when its shape or dtype differs
  /// and, if `strict`, when one is missing or unexpected; nothing has been changed then. Otherwise these are left out,
  /// and returned. With `assign` they take on the dtypes that the floating ones have in `state`, and parameters lose
  /// their gradients.
  IncompatibleKeys load_state_dict(const StateDict& state, bool strict = true, bool assign = false);

  /// Calls f on all modules below this one, children before the module they belong to, and then on this one.
  void apply(const std::function<void(Module&)>& f);

  /// Sets training or evaluation mode, here and in all children.
  void train(bool mode = true);
  void eval() { train(false); }
  bool is_training() const { return state_->training; }

  /// Freezes all parameters, or makes them train again. A frozen one has no gradient, and an optimizer leaves it alone.
  void requires_grad_(bool requires_grad = true);
  /// Clears the gradients of all parameters.
  void zero_grad();
  /// Converts all floating parameters and buffers in place. Drops their gradients. Throws Error unless dtype is
  /// floating; where it throws, nothing has been changed.
  void to(DType dtype);

  /// Adds a hook, called at every call of this module after, or before, its function; not by forward() itself. Returns
  /// what removes it. Hooks are called in the order in which they came.
  std::function<void()> register_forward_hook(ForwardHook hook);
  std::function<void()> register_forward_pre_hook(ForwardPreHook hook);
  bool has_hooks() const { return !state_->hooks.empty() || !state_->pre_hooks.empty(); }

  /// Whether two handles are the same layer.
  bool is(const Module& other) const { return state_ == other.state_; }

 protected:
  Module() = default;
  Module(const Module&) = default;
  Module& operator=(const Module&) = default;

  // Names are unique within a module, be they of parameters, buffers or children: all of these throw Error when one is
  // taken, empty or contains a dot, and have registered nothing then.

  /// Registers a leaf that requires grad. Returns its place: what is assigned to it is the parameter from then on. An
  /// undefined tensor has a place and is not listed.
  Tensor& register_parameter(const std::string& name, Tensor parameter);
  /// Registers a tensor that is saved and converted, and not trained; likewise.
  Tensor& register_buffer(const std::string& name, Tensor buffer);
  /// Registers a child, and returns it. Throws Error also when this module is the child or below it, and when modules
  /// would be nested deeper than 100.
  template <class M>
  M register_module(const std::string& name, M module) {
    register_child(name, std::make_shared<M>(module));
    return module;
  }
  void register_child(const std::string& name, std::shared_ptr<Module> child);

  /// Calls the hooks and, between them, `function`: for classes with a function of other arguments.
  Tensors call(const Tensors& inputs, const std::function<Tensors(const Tensors&)>& function) const;

 private:
  using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
  template <class Hook>
  using Hooks = std::vector<std::pair<std::uint64_t, Hook>>;  // by number

  struct State {
    std::deque<std::pair<std::string, Tensor>> parameters = {};  // whose places do not move
    std::deque<std::pair<std::string, Tensor>> buffers = {};
    NamedModules children = {};
    std::vector<std::weak_ptr<State>> parents = {};
    Hooks<ForwardHook> hooks = {};
    Hooks<ForwardPreHook> pre_hooks = {};
    bool training = true;

    int levels_above() const;
  };

  NamedTensors all_parameters() const;  // a shared one under each of its names
  void check_name(const char* op, const std::string& name) const;
  int levels_below() const;
  bool contains(const Module& other) const;

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Parameters and buffers: a module is a part of checkpoints.
CheckpointState checkpoint_state(const Module& module);
void load_checkpoint_state(Module& module, const CheckpointState& state);

}  // namespace wisp::nn
