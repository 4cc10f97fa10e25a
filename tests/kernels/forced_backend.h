// A backend for the length of a scope.
#pragma once

#include <wisp/kernels/backend.h>

namespace wisp::testing {

class ForcedBackend {
 public:
  explicit ForcedBackend(Backend forced) : previous_(backend()) { set_backend(forced); }
  ~ForcedBackend() { set_backend(previous_); }
  ForcedBackend(const ForcedBackend&) = delete;
  ForcedBackend& operator=(const ForcedBackend&) = delete;

 private:
  Backend previous_;
};

}  // namespace wisp::testing
