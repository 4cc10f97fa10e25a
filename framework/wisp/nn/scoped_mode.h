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
  ScopedMode(Module& module, bool training);
  ~ScopedMode();
  ScopedMode(const ScopedMode&) = delete;
  ScopedMode& operator=(const ScopedMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modes_;
};

}  // namespace wisp::nn
