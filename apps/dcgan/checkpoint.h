// Checkpoints of `dcgan train`: those of wisp/io/checkpoint.h, whose own metadata are the recipe.
//
// The parts are generator, discriminator, generator_ema (the averaged generator, where there is one), the two
// optimizers, the random stream of the noise and the step. The order of the data and the place in it follow from seed
// and step. Times, paths and thread counts are not in it.
#pragma once

#include <apps/dcgan/recipe.h>
#include <wisp/io/checkpoint.h>

namespace wisp::apps {

/// The metadata that a checkpoint gets.
Metadata checkpoint_metadata_of(const Recipe& recipe);

/// The recipe. Throws Error when the file is no DCGAN checkpoint, was written by a newer version, lacks metadata, or
/// holds other convolutions than the recipe says: it must not promise more than the file has.
Recipe recipe_of(const Safetensors& checkpoint);

/// The steps done. Throws Error when the file does not say.
std::int64_t step_of(const Safetensors& checkpoint);

/// Brings the parts to the state in the checkpoint, also in one that a version of before the format 4 wrote. Throws
/// Error as wisp::restore_checkpoint.
void restore(const Safetensors& checkpoint, const CheckpointParts& parts);

/// What the metadata of a file with networks say of these, be it a checkpoint or not. Throws Error when it was written
/// by a newer version, whose tensors may mean something else.
Metadata network_metadata(const Safetensors& file);

/// Whether no number in it is infinite or NaN.
bool is_finite(const Safetensors& checkpoint);

}  // namespace wisp::apps
