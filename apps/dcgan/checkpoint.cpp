#include <apps/dcgan/checkpoint.h>

#include <algorithm>

#include <apps/common/finite.h>

namespace wisp::apps {
namespace {

constexpr const char* format_name = "wisp.dcgan";
constexpr std::int64_t format_version = 4;

// Formats up to 3 had metadata of their own, and no parts.
bool is_old(const Safetensors& file) {
  const auto format = file.metadata.find("format");
  return format != file.metadata.end() && format->second == format_name;
}

Metadata metadata_of(const Safetensors& file) { return is_old(file) ? file.metadata : checkpoint_metadata(file); }

void check_first_weight(const Safetensors& file, const std::string& name, const Shape& shape) {
  const auto found = file.tensors.find(name);
  check(found != file.tensors.end(), "tensor {} is missing", name);
  check(found->second.shape() == shape, "tensor {} is {}, {} is expected", name, found->second.shape(), shape);
}

}  // namespace

Metadata checkpoint_metadata_of(const Recipe& recipe) {
  Metadata metadata = to_metadata(recipe);
  metadata["format"] = format_name;
  metadata["format_version"] = std::to_string(format_version);
  return metadata;
}

Recipe recipe_of(const Safetensors& checkpoint) {
  Metadata metadata = metadata_of(checkpoint);
  check(metadata["format"] == format_name, "not a DCGAN checkpoint: its metadata should say format = {}", format_name);
  check_format_version(metadata, format_version);
  metadata.emplace("classes", "0");        // format 2 knew no labels
  metadata.emplace("transpose", "false");  // nor did earlier versions know this
  const Recipe recipe = recipe_from(metadata);
  const models::DcganOptions& model = recipe.model;
  check_first_weight(checkpoint, "generator.0.weight", {model.inputs(), model.widest(), 4, 4});
  check_first_weight(checkpoint,
                     model.norm == models::Norm::spectral ? "discriminator.0.parametrizations.weight.original"
                                                          : "discriminator.0.weight",
                     {model.base_channels, model.channels, 4, 4});
  return recipe;
}

std::int64_t step_of(const Safetensors& checkpoint) {
  const auto step = read_metadata<std::int64_t>(checkpoint.metadata, is_old(checkpoint) ? "step" : "step.value");
  check(step >= 0, "the metadata's step is {}, below 0", step);
  return step;
}

void restore(const Safetensors& checkpoint, const CheckpointParts& parts) {
  if (!is_old(checkpoint)) return restore_checkpoint(checkpoint, parts);
  Safetensors file = make_checkpoint(parts);
  file.tensors = checkpoint.tensors;
  file.metadata["step.value"] = std::to_string(step_of(checkpoint));
  file.metadata["noise.position"] = read_metadata<std::string>(checkpoint.metadata, "noise_position");
  restore_checkpoint(file, parts);
}

Metadata network_metadata(const Safetensors& file) {
  Metadata metadata = metadata_of(file);
  if (metadata.empty()) metadata = file.metadata;
  if (metadata.contains("format_version")) check_format_version(metadata, format_version);
  return metadata;
}

bool is_finite(const Safetensors& checkpoint) {
  return std::all_of(checkpoint.tensors.begin(), checkpoint.tensors.end(), [](const auto& entry) {
    const Tensor& tensor = entry.second;
    return tensor.dtype() != DType::f32 ||
           is_finite({tensor.template data<float>(), static_cast<std::size_t>(tensor.numel())});
  });
}

}  // namespace wisp::apps
