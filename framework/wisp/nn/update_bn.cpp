#include <wisp/nn/update_bn.h>

#include <optional>
#include <utility>
#include <vector>

#include <wisp/autograd/grad_mode.h>
#include <wisp/nn/batch_norm.h>

namespace wisp::nn {

void update_bn(const Tensors& batches, Module& module) {
  const NoGrad guard;
  std::vector<std::pair<BatchNorm*, std::optional<double>>> norms;
  std::vector<std::pair<Module*, bool>> modes;
  module.apply([&](Module& part) {
    modes.emplace_back(&part, part.is_training());
    auto* const norm = dynamic_cast<BatchNorm*>(&part);
    if (norm == nullptr) return;
    norms.emplace_back(norm, norm->momentum());
    norm->reset_running_stats();
    norm->set_momentum(std::nullopt);
  });
  if (!norms.empty()) {
    module.train();
    for (const Tensor& batch : batches) module(batch);
  }
  for (const auto& [norm, momentum] : norms) norm->set_momentum(momentum);
  // A module before those below it, which may have another mode.
  for (auto mode = modes.rbegin(); mode != modes.rend(); ++mode) mode->first->train(mode->second);
}

}  // namespace wisp::nn
