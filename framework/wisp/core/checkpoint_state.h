// CheckpointState: what is written down of an object so that it can go on from there.
//
// A type becomes a part of checkpoints (io/checkpoint.h) by two functions in its namespace:
//
//   CheckpointState checkpoint_state(const T& object);
//   void load_checkpoint_state(T& object, const CheckpointState& state);
//
// The second throws Error, and changes nothing, where the state does not fit. read_metadata() reads numbers from
// `state.values`.
#pragma once

#include <cstdint>
#include <string>

#include <wisp/core/metadata.h>
#include <wisp/core/tensor.h>

namespace wisp {

struct CheckpointState {
  std::string kind;  ///< the name of the object's type, such as "Adam": only a state of the same kind can be loaded
  StateDict tensors = {};
  Metadata values = {};  ///< everything that is no tensor
};

/// A counter, such as the number of steps done, can be a part of a checkpoint, too.
inline CheckpointState checkpoint_state(const std::int64_t& number) {
  return {"number", {}, {{"value", std::to_string(number)}}};
}
inline void load_checkpoint_state(std::int64_t& number, const CheckpointState& state) {
  number = read_metadata<std::int64_t>(state.values, "value");
}

}  // namespace wisp
