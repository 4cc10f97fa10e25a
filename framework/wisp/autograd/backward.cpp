#include <wisp/autograd/backward.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace wisp {
namespace {

using autograd::Edge;
using autograd::Node;
using NodePtr = std::shared_ptr<Node>;

// Gradient buffers and flags of one node during one pass.
struct Visit {
  Tensors grads;        // one per output, undefined until a gradient arrives
  bool wanted = false;  // one of the inputs asked for
  bool needed = false;  // lies on a path to one
};

// All nodes that `roots` depend on, newest first.
std::vector<NodePtr> reachable(const std::vector<NodePtr>& roots, std::unordered_map<const Node*, Visit>& visits) {
  std::vector<NodePtr> found, pending = roots;
  while (!pending.empty()) {
    const NodePtr node = std::move(pending.back());
    pending.pop_back();
    auto [at, is_new] = visits.try_emplace(node.get());
    if (!is_new) continue;
    at->second.grads.resize(node->output_count());
    for (const Edge& edge : node->inputs())
      if (edge.node) pending.push_back(edge.node);
    found.push_back(node);
  }
  std::sort(found.begin(), found.end(),
            [](const NodePtr& a, const NodePtr& b) { return a->sequence() > b->sequence(); });
  return found;
}

void accumulate(Tensor& sum, const Tensor& term) { sum = sum.defined() ? sum + term : term; }

// Adds to a leaf's gradient. Without create_graph the result belongs to the leaf alone: outside the graph, and in a
// storage that a user may change.
void accumulate_in_leaf(Tensor& leaf_grad, Tensor gradient, bool create_graph) {
  if (!create_graph && !leaf_grad.defined() && gradient.is_shared()) gradient = gradient.clone();
  accumulate(leaf_grad, create_graph ? gradient : gradient.detach());
}

Tensor seed(const char* caller, const Tensor& output, const Tensor& cotangent) {
  if (!cotangent.defined()) {
    check(output.numel() == 1,
          "{}: a gradient must be given for an output of shape {}; only a single element needs none", caller,
          output.shape());
    return Tensor::ones(output.shape(), output.dtype());
  }
  check(cotangent.shape() == output.shape() && cotangent.dtype() == output.dtype(),
        "{}: the gradient given is {} {}, the output is {} {}", caller, name_of(cotangent.dtype()), cotangent.shape(),
        name_of(output.dtype()), output.shape());
  return cotangent;
}

// One pass from `outputs` towards the nodes for which is_wanted holds; on_gradient is called for each that a gradient
// reached, once it is complete.
template <class IsWanted, class OnGradient>
void run(const Tensors& outputs, const Tensors& cotangents, bool retain_graph, IsWanted is_wanted,
         OnGradient on_gradient) {
  std::unordered_map<const Node*, Visit> visits;
  std::vector<NodePtr> roots;
  for (const Tensor& output : outputs) roots.push_back(output.node());
  const std::vector<NodePtr> order = reachable(roots, visits);
  for (auto node = order.rbegin(); node != order.rend(); ++node) {  // oldest first: inputs before what uses them
    Visit& visit = visits[node->get()];
    visit.wanted = is_wanted(**node);
    visit.needed =
        visit.wanted || std::any_of((*node)->inputs().begin(), (*node)->inputs().end(),
                                    [&](const Edge& edge) { return edge.node && visits[edge.node.get()].needed; });
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    accumulate(visits[outputs[i].node().get()].grads[static_cast<std::size_t>(outputs[i].output_index())],
               cotangents[i]);
  for (const NodePtr& node : order) {
    Visit& visit = visits[node.get()];
    const bool reached =
        std::any_of(visit.grads.begin(), visit.grads.end(), [](const Tensor& g) { return g.defined(); });
    if (!visit.needed || !reached) continue;
    if (visit.wanted) on_gradient(*node, visit.grads);
    std::vector<bool> needs;
    for (const Edge& edge : node->inputs()) needs.push_back(edge.node && visits[edge.node.get()].needed);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    const Tensors grads = Node::apply_vjp(node, visit.grads, needs);
    visit.grads.clear();
    if (!retain_graph) node->release();
    for (std::size_t i = 0; i < needs.size(); ++i) {
      const Edge& edge = node->inputs()[i];
      if (needs[i] && grads[i].defined())
        accumulate(visits[edge.node.get()].grads[static_cast<std::size_t>(edge.output)], grads[i]);
    }
  }
}

}  // namespace

Tensors grad(const Tensors& outputs, const Tensors& inputs, const GradOptions& options) {
  check(!outputs.empty(), "grad: no outputs given");
  check(options.grad_outputs.empty() || options.grad_outputs.size() == outputs.size(),
        "grad: {} grad_outputs given for {} outputs", options.grad_outputs.size(), outputs.size());
  Tensors cotangents;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    check(outputs[i].defined(), "grad: output {} is undefined", i);
    check(outputs[i].requires_grad(), "grad: output {} ({}) does not require grad", i, outputs[i].shape());
    cotangents.push_back(seed("grad", outputs[i], options.grad_outputs.empty() ? Tensor{} : options.grad_outputs[i]));
  }
  std::unordered_map<const Node*, std::vector<std::size_t>> wanted;  // node -> positions in `inputs`
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check(inputs[i].defined(), "grad: input {} is undefined", i);
    check(inputs[i].requires_grad(), "grad: input {} ({}) does not require grad", i, inputs[i].shape());
    wanted[inputs[i].node().get()].push_back(i);
  }
  Tensors result(inputs.size());
  {
    const GradMode mode(options.create_graph);
    run(
        outputs, cotangents, options.retain_graph.value_or(options.create_graph),
        [&](const Node& node) { return wanted.contains(&node); },
        [&](Node& node, const Tensors& grads) {
          for (const std::size_t i : wanted[&node])
            result[i] = grads[static_cast<std::size_t>(inputs[i].output_index())];
        });
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check(options.allow_unused || result[i].defined(),
          "grad: the outputs do not depend on input {} ({}); allow_unused = true gives an undefined tensor for it", i,
          inputs[i].shape());
  return result;
}

void Tensor::backward() const { backward(BackwardOptions{}); }

void Tensor::backward(const BackwardOptions& options) const {
  check(defined(), "backward: the tensor is undefined");
  check(requires_grad(), "backward: the tensor ({}) does not require grad", shape());
  std::unordered_set<const Node*> chosen;
  for (std::size_t i = 0; i < options.inputs.size(); ++i) {
    check(options.inputs[i].defined(), "backward: input {} is undefined", i);
    check(options.inputs[i].requires_grad() && options.inputs[i].is_leaf(),
          "backward: input {} ({}) is not a leaf that requires grad", i, options.inputs[i].shape());
    chosen.insert(options.inputs[i].node().get());
  }
  const GradMode mode(options.create_graph);
  run(
      {*this}, {seed("backward", *this, options.gradient)}, options.retain_graph.value_or(options.create_graph),
      [&](const Node& node) { return chosen.empty() ? node.is_leaf() : chosen.contains(&node); },
      [&](Node& leaf, Tensors& grads) {
        if (const std::shared_ptr<Tensor> grad = leaf.grad.lock())
          accumulate_in_leaf(*grad, std::move(grads[0]), options.create_graph);
      });
}

namespace autograd {

Tensors partial_grad(const Tensors& outputs, const Tensors& inputs, GradOptions options) {
  Tensors used, cotangents;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (options.grad_outputs[i].defined() && outputs[i].requires_grad()) {
      used.push_back(outputs[i]);
      cotangents.push_back(options.grad_outputs[i]);
    }
  if (used.empty()) return Tensors(inputs.size());
  options.grad_outputs = std::move(cotangents);
  options.allow_unused = true;
  return grad(used, inputs, options);
}

Tensors composite_vjp(const std::function<Tensors(const Tensors&)>& composite, const Tensors& inputs,
                      const Cotangents& cotangents) {
  const bool create_graph = grad_enabled();
  const GradMode mode(true);
  // Fresh nodes stand between the inputs and the composite, so that the derivative is a partial one even where one
  // input was computed from another.
  Tensors fresh, wanted;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Tensor input = inputs[i];
    if (input.defined() && cotangents.needs(i)) {
      input = create_graph && input.requires_grad() ? record("identity", input.detach(), {input}, {},
                                                             [](const Cotangents& c) { return Tensors{c.grad()}; })
                                                    : input.detach().set_requires_grad(true);
      wanted.push_back(input);
      positions.push_back(i);
    }
    fresh.push_back(input);
  }
  const Tensors grads =
      partial_grad(composite(fresh), wanted, {.grad_outputs = cotangents.grads(), .create_graph = create_graph});
  Tensors result(inputs.size());
  for (std::size_t i = 0; i < positions.size(); ++i) result[positions[i]] = grads[i];
  return result;
}

}  // namespace autograd
}  // namespace wisp
