// CallObserver: is told of every call of a module on this thread.
#pragma once

#include <functional>

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

  CallObserver(Before before, After after);
  ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;

  const Before before;
  const After after;

 private:
  const CallObserver* previous_;
};

/// The newest of this thread; null where there is none.
const CallObserver* call_observer();

}  // namespace wisp::nn
