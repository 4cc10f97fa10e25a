#include <wisp/autograd/node.h>

#include <algorithm>
#include <atomic>

#include <wisp/autograd/anomaly.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/autograd/recorder.h>

namespace wisp {
namespace {
thread_local bool recording = true;
}

bool grad_enabled() { return recording; }
GradMode::GradMode(bool enabled) : enabled_(recording, enabled) {}

namespace autograd {
namespace {

Tensors unpack(const char* name, const std::vector<SavedTensor>& list) {
  Tensors tensors;
  tensors.reserve(list.size());
  for (const SavedTensor& saved : list) {
    if (saved.tensor.defined()) {
      const std::uint64_t version = saved.tensor.storage()->version;
      check(version == saved.version && saved.tensor.storage()->id == saved.storage_id,
            "backward: {} needs a tensor ({}) that was changed in place since: it is at version {}, {} is expected",
            name, saved.tensor.shape(), version, saved.version);
    }
    tensors.push_back(saved.tensor);
  }
  return tensors;
}

SavedTensor pack(const Tensor& tensor) {
  if (!tensor.defined()) return {tensor, 0, 0};
  const std::uint64_t id = tensor.storage()->id, version = tensor.storage()->version;
  const Tensor numbers = tensor.detach();
  return {tensor.requires_grad() ? numbers.at_node(tensor.node(), tensor.output_index()) : numbers, id, version};
}

void check_gradients(const char* name, const Tensors& grads, const std::vector<Edge>& inputs) {
  check(grads.size() == inputs.size(), "backward: the vjp of {} returned {} gradients for {} inputs", name,
        grads.size(), inputs.size());
  for (std::size_t i = 0; i < grads.size(); ++i) {
    if (!grads[i].defined() || !inputs[i].node) continue;
    check(grads[i].shape() == inputs[i].shape && grads[i].dtype() == inputs[i].dtype,
          "backward: the vjp of {} returned {} {} for input {}, which is {} {}", name, name_of(grads[i].dtype()),
          grads[i].shape(), i, name_of(inputs[i].dtype), inputs[i].shape);
  }
}

}  // namespace

Node::Node(const char* name, std::vector<Edge> inputs, std::size_t output_count, Vjp vjp)
    : name_(name), inputs_(std::move(inputs)), output_count_(output_count), vjp_(std::move(vjp)) {
  static std::atomic<std::uint64_t> next_sequence{1};
  sequence_ = next_sequence++;
}

// Letting go of the last handle on a long chain must not recurse: nodes are taken apart from a list. Edges are moved
// out before the saved tensors are dropped, so those never hold the last reference to a node.
Node::~Node() {
  std::vector<std::shared_ptr<Node>> pending;
  const auto take_apart = [&](Node& node) {
    for (Edge& edge : node.inputs_)
      if (edge.node) pending.push_back(std::move(edge.node));
    node.inputs_.clear();
    node.saved_.clear();
    node.outputs_.clear();
  };
  take_apart(*this);
  while (!pending.empty()) {
    const std::shared_ptr<Node> node = std::move(pending.back());
    pending.pop_back();
    if (node.use_count() == 1) take_apart(*node);
  }
}

void Node::save(const Saved& saved, const Tensors& outputs) {
  for (const Tensor& tensor : saved.tensors) saved_.push_back(pack(tensor));
  if (saved.outputs)
    for (const Tensor& output : outputs) outputs_.push_back(pack(output));
}

Tensors Node::apply_vjp(const std::shared_ptr<Node>& node, const Tensors& grads, const std::vector<bool>& needs) {
  check(!node->released_,
        "backward: the graph through {} was freed by an earlier backward; pass retain_graph = true to that one",
        node->name_);
  const Tensors saved = unpack(node->name_, node->saved_);
  Tensors outputs = unpack(node->name_, node->outputs_);
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = outputs[i].at_node(node, static_cast<int>(i));
  Tensors result;
  {
    const DetectAnomaly off(false);  // the gradient is named by the op that it is of
    result = node->vjp_(Cotangents(grads, saved, outputs, needs));
  }
  check_gradients(node->name_, result, node->inputs_);
  check_anomaly("the gradient of ", node->name_, grads, result);
  return result;
}

void Node::release() {
  released_ = !saved_.empty() || !outputs_.empty();
  saved_.clear();
  outputs_.clear();
}

Tensors record(const char* op, const Tensors& outputs, const Tensors& inputs, const Saved& saved, Vjp vjp) {
  if (has_recorder()) tell_recorder({op, inputs, outputs});
  check_anomaly("", op, inputs, outputs);
  const auto requires_grad = [](const Tensor& input) { return input.defined() && input.requires_grad(); };
  if (!grad_enabled() || std::none_of(inputs.begin(), inputs.end(), requires_grad)) return outputs;
  std::vector<Edge> edges;
  edges.reserve(inputs.size());
  for (const Tensor& input : inputs)
    edges.push_back(requires_grad(input) ? Edge{input.node(), input.output_index(), input.shape(), input.dtype()}
                                         : Edge{});
  const auto node = std::make_shared<Node>(op, std::move(edges), outputs.size(), std::move(vjp));
  node->save(saved, outputs);
  Tensors results;
  results.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) results.push_back(outputs[i].at_node(node, static_cast<int>(i)));
  return results;
}

Tensor record(const char* op, const Tensor& output, const Tensors& inputs, const Saved& saved, Vjp vjp) {
  return record(op, Tensors{output}, inputs, saved, std::move(vjp))[0];
}

}  // namespace autograd
}  // namespace wisp
