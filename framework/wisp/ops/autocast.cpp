#include <wisp/ops/autocast.h>

#include <mutex>
#include <unordered_map>

#include <wisp/autograd/grad_mode.h>
#include <wisp/ops/arguments.h>

namespace wisp {
namespace {

thread_local bool enabled_here = false;

struct Copy {
  std::weak_ptr<Storage> source;
  std::uint64_t version;
  Tensor tensor;
};

struct Copies {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, Copy> by_storage;  // storage ids are never used twice
};

// Never destroyed: tensors with static lifetime may outlive any static object.
Copies& copies() {
  static Copies* instance = new Copies;
  return *instance;
}

}  // namespace

bool autocast_enabled() { return enabled_here; }
Autocast::Autocast(bool enabled) : enabled_(enabled_here, enabled) {}

Tensor autocast(const Tensor& x) {
  check_defined("autocast", {{"x", x}});
  return enabled_here && x.dtype() == DType::f32 ? x.to(DType::bf16) : x;
}

void detail::check_mixed_dtypes(const char* op, const Tensor& input, const Tensor& other) {
  if (!other.defined() || (enabled_here && input.dtype() == DType::bf16 && other.dtype() == DType::f32)) return;
  check_same_dtype(op, input, other);
}

Tensor detail::converted(const Tensor& x, DType dtype) {
  check_defined("converted", {{"x", x}});
  const NoGrad guard;
  if (x.dtype() == dtype) return x;
  const std::shared_ptr<Storage>& storage = x.storage();
  Copies& kept = copies();
  const std::lock_guard lock(kept.mutex);
  const auto found = kept.by_storage.find(storage->id);
  if (found != kept.by_storage.end() && found->second.version == storage->version &&
      found->second.tensor.dtype() == dtype && found->second.tensor.shape() == x.shape())
    return found->second.tensor;
  std::erase_if(kept.by_storage, [](const auto& entry) { return entry.second.source.expired(); });
  const Tensor copy = x.detach().to(dtype);
  kept.by_storage[storage->id] = {storage, storage->version, copy};
  return copy;
}

}  // namespace wisp
