#include <wisp/nn/update_bn.h>

#include <optional>
#include <utility>
#include <vector>

#include <wisp/autograd/grad_mode.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/scoped_mode.h>

namespace wisp::nn {
namespace {

// Plain means over all batches, for as long as it lives.
class PlainMeans {
 public:
  explicit PlainMeans(const std::vector<BatchNorm*>& norms) {
    for (BatchNorm* norm : norms) momenta_.emplace_back(norm, norm->momentum());
    for (BatchNorm* norm : norms) norm->set_momentum(std::nullopt);
  }
  ~PlainMeans() {
    for (const auto& [norm, momentum] : momenta_) norm->set_momentum(momentum);
  }
  PlainMeans(const PlainMeans&) = delete;
  PlainMeans& operator=(const PlainMeans&) = delete;

 private:
  std::vector<std::pair<BatchNorm*, std::optional<double>>> momenta_;
};

}  // namespace

void update_bn(const Tensors& batches, Module& module) {
  const NoGrad guard;
  std::vector<BatchNorm*> norms;
  module.apply([&](Module& part) {
    if (auto* const norm = dynamic_cast<BatchNorm*>(&part)) norms.push_back(norm);
  });
  if (norms.empty()) return;
  std::vector<std::pair<Tensor, Tensor>> before;  // each buffer, and a copy of its numbers
  for (const auto& [name, buffer] : module.named_buffers()) {
    before.emplace_back(buffer, Tensor::empty(buffer.shape(), buffer.dtype()));
    before.back().second.copy_(buffer);
  }
  const PlainMeans means(norms);
  const ScopedMode training(module, true);
  try {
    for (BatchNorm* norm : norms) norm->reset_running_stats();
    for (const Tensor& batch : batches) module(batch);
  } catch (...) {
    for (auto& [buffer, copy] : before) buffer.copy_(copy);
    throw;
  }
}

}  // namespace wisp::nn
