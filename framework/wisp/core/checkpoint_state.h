// CheckpointState: what is written down of an object so that it can go on from there.
//
// A type becomes a part of checkpoints (io/checkpoint.h) by two functions in its namespace:
//
//   CheckpointState checkpoint_state(const T& object);
//   void load_checkpoint_state(T& object, const CheckpointState& state);
//
// The second throws Error, and changes nothing, where the state does not fit.
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <string>

#include <wisp/core/error.h>
#include <wisp/core/tensor.h>
#include <wisp/core/text.h>

namespace wisp {

struct CheckpointState {
  std::string kind;  ///< of the object, such as "Adam": what is read must be of the same
  StateDict tensors = {};
  std::map<std::string, std::string> values = {};  ///< all else, as text
};

/// The value as a number of that type. Throws Error naming it when it is missing or no such number.
template <class Number>
Number checkpoint_value(const CheckpointState& state, const std::string& name) {
  const auto found = state.values.find(name);
  check(found != state.values.end(), "{} is missing", name);
  const std::string& text = found->second;
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(problem == std::errc{} && end == text.data() + text.size(), "{} is {}, a number is expected", name,
        quote(text));
  return value;
}

/// Counters are parts, such as the number of steps done.
inline CheckpointState checkpoint_state(const std::int64_t& number) {
  return {"number", {}, {{"value", std::to_string(number)}}};
}
inline void load_checkpoint_state(std::int64_t& number, const CheckpointState& state) {
  number = checkpoint_value<std::int64_t>(state, "value");
}

}  // namespace wisp
