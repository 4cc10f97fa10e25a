// A setting of the process for the length of a scope.
#pragma once

namespace wisp::testing {

/// Calls set(value), and at the end set with what get() gave before.
template <auto get, auto set>
class ScopedSetting {
 public:
  using Value = decltype(get());

  explicit ScopedSetting(Value value) : previous_(get()) { set(value); }
  ~ScopedSetting() { set(previous_); }
  ScopedSetting(const ScopedSetting&) = delete;
  ScopedSetting& operator=(const ScopedSetting&) = delete;

 private:
  Value previous_;
};

}  // namespace wisp::testing
