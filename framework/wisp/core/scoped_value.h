// ScopedValue: a variable that holds another value for the length of a scope.
#pragma once

#include <utility>

namespace wisp::detail {

/// Sets `variable` to `value`, and back when the scope ends.
template <class T>
class ScopedValue {
 public:
  ScopedValue(T& variable, T value) : variable_(variable), previous_(std::exchange(variable, std::move(value))) {}
  ~ScopedValue() { variable_ = std::move(previous_); }
  ScopedValue(const ScopedValue&) = delete;
  ScopedValue& operator=(const ScopedValue&) = delete;

 private:
  T& variable_;
  T previous_;
};

}  // namespace wisp::detail
