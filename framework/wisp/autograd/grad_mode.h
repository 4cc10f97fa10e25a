// Whether ops are recorded. A thread-local switch, set for a scope.
#pragma once

namespace wisp {

/// Whether ops on this thread are recorded for backward; true at first.
bool grad_enabled();

/// Sets recording for the lifetime of the object.
class GradMode {
 public:
  explicit GradMode(bool enabled);
  ~GradMode();
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool previous_;
};

/// Turns recording off for the lifetime of the object: `NoGrad guard;`.
class NoGrad : public GradMode {
 public:
  NoGrad() : GradMode(false) {}
};

}  // namespace wisp
