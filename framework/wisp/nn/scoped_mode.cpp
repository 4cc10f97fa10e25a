#include <wisp/nn/scoped_mode.h>

namespace wisp::nn {

ScopedMode::ScopedMode(Module& module, bool training) {
  module.apply([this](Module& part) { modes_.emplace_back(&part, part.is_training()); });
  module.train(training);
}

ScopedMode::~ScopedMode() {
  // A module before those below it, which may have another mode.
  for (auto mode = modes_.rbegin(); mode != modes_.rend(); ++mode) mode->first->train(mode->second);
}

}  // namespace wisp::nn
