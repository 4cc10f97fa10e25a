// Checkpoints: everything that a training loop needs to go on to the same bits, in one safetensors file.
//
//   std::int64_t step = 0;
//   const auto parts = [&] {
//     return CheckpointParts{{"model", model}, {"optimizer", optimizer}, {"rng", rng}, {"step", step}};
//   };
//   save_checkpoint("run.safetensors", parts());
//   load_checkpoint("run.safetensors", parts());
//
// Modules, optimizers, Rng, BatchStream and std::int64_t are parts; core/checkpoint_state.h says how other types join.
// The tensors of a part are called "model.0.weight"; the metadata hold format = wisp.checkpoint, format_version, and of
// each part its kind ("part.model") and values ("optimizer.lr"), and the caller's own ("own.NAME").
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <wisp/core/checkpoint_state.h>
#include <wisp/io/safetensors.h>

namespace wisp {

/// An object under a name. It must outlive the part.
class CheckpointPart {
 public:
  template <class T>
  CheckpointPart(std::string part_name, T& object)
      : name(std::move(part_name)),
        state([&object] { return checkpoint_state(object); }),
        load([&object](const CheckpointState& from) { load_checkpoint_state(object, from); }) {}

  std::string name;
  std::function<CheckpointState()> state;
  std::function<void(const CheckpointState&)> load;
};

using CheckpointParts = std::vector<CheckpointPart>;

/// Writes the parts, atomically. Throws Error for a name that is empty, has a dot or is there twice; IoError when the
/// file cannot be written.
void save_checkpoint(const std::string& path, const CheckpointParts& parts, const Metadata& metadata = {});

/// Brings the parts to the state in the file, which must have these and no others, and returns the caller's metadata.
/// Throws IoError naming the file, and the part that is missing, unexpected, of another kind or does not fit; all parts
/// are as they were then.
Metadata load_checkpoint(const std::string& path, const CheckpointParts& parts);

/// What save_checkpoint writes, in memory; it shares the numbers of the parts' tensors.
Safetensors make_checkpoint(const CheckpointParts& parts, const Metadata& metadata = {});

/// load_checkpoint of what is in memory: throws Error.
void restore_checkpoint(const Safetensors& checkpoint, const CheckpointParts& parts);

/// The caller's metadata, for those who must know them before they can make the parts.
Metadata checkpoint_metadata(const Safetensors& checkpoint);

}  // namespace wisp
