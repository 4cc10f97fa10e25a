// ScopedMode: training or evaluation mode for the length of a scope.
#pragma once

#include <utility>
#include <vector>

#include <wisp/nn/module.h>

namespace wisp::nn {

/// Sets training or evaluation mode of a module and all below it; at the end of the scope, also where something threw,
/// each of them has the mode it had. The module must outlive it.
class ScopedMode {
 public:
  ScopedMode(Module& module, bool training) {
    module.apply([this](Module& part) { modes_.emplace_back(&part, part.is_training()); });
    module.train(training);
  }
  ~ScopedMode() {  // a module before those below it, which may have another mode
    for (auto mode = modes_.rbegin(); mode != modes_.rend(); ++mode) mode->first->train(mode->second);
  }
  ScopedMode(const ScopedMode&) = delete;
  ScopedMode& operator=(const ScopedMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modes_;
};

}  // namespace wisp::nn
