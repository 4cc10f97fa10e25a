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

// Each buffer, and a copy of its numbers.
std::vector<std::pair<Tensor, Tensor>> copies_of_buffers(const Module& module) {
  std::vector<std::pair<Tensor, Tensor>> result;
  for (const auto& [name, buffer] : module.named_buffers()) {
    Tensor copy = Tensor::empty(buffer.shape(), buffer.dtype());
    copy.copy_(buffer);
    result.emplace_back(buffer, copy);
  }
  return result;
}

}  // namespace

void update_bn(const Tensors& batches, Module& module) {
  const NoGrad guard;
  std::vector<BatchNorm*> norms;
  module.apply([&](Module& part) {
    if (auto* const norm = dynamic_cast<BatchNorm*>(&part)) norms.push_back(norm);
  });
  if (norms.empty()) return;
  auto before = copies_of_buffers(module);
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
