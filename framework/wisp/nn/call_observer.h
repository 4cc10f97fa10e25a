// CallObserver: is told of every call of a module on this thread.
#pragma once

#include <functional>
#include <utility>

#include <wisp/core/tensor.h>

namespace wisp::nn {

class Module;

/// In force on the thread that made it for as long as it lives. While there is one, every layer is called by itself:
/// none is computed together with another.
class CallObserver {
 public:
  using Before = std::function<void(const Module&)>;
  /// Is given no outputs where the call threw.
  using After = std::function<void(const Module&, const Tensors& inputs, const Tensors& outputs)>;

  CallObserver(Before on_before, After on_after) : before(std::move(on_before)), after(std::move(on_after)) {
    newest_ = this;
  }
  ~CallObserver() { newest_ = previous_; }
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;

  const Before before;
  const After after;

  /// The newest of this thread; null where there is none.
  static const CallObserver* newest() { return newest_; }

 private:
  static inline constinit thread_local const CallObserver* newest_ = nullptr;
  const CallObserver* previous_ = newest_;
};

}  // namespace wisp::nn
