// Whether ops are recorded. A thread-local switch, set for a scope.
#pragma once

#include <wisp/core/scoped_value.h>

namespace wisp {

/// Whether ops on this thread are recorded for backward; true at first.
bool grad_enabled();

/// Sets recording for the lifetime of the object.
class GradMode {
 public:
  explicit GradMode(bool enabled);

 private:
  detail::ScopedValue<bool> enabled_;
};

/// Turns recording off for the lifetime of the object: `NoGrad guard;`.
class NoGrad : public GradMode {
 public:
  NoGrad() : GradMode(false) {}
};

}  // namespace wisp
