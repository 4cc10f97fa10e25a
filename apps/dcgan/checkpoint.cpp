#include <apps/dcgan/checkpoint.h>

#include <array>

#include <apps/common/finite.h>
#include <wisp/io/safetensors.h>

namespace wisp::apps {
namespace {

constexpr const char* format_name = "wisp.dcgan";
constexpr std::int64_t format_version = 3;

template <class C>
auto parts_of(C& c) {
  using State = decltype(&c.generator);
  return std::array<std::pair<std::string, State>, 5>{{{"generator.", &c.generator},
                                                       {"discriminator.", &c.discriminator},
                                                       {"generator_ema.", &c.generator_ema},
                                                       {"generator_optimizer.", &c.generator_optimizer},
                                                       {"discriminator_optimizer.", &c.discriminator_optimizer}}};
}

// Before anything is built: the recipe must not promise more than the file holds.
void check_first_weight(const std::string& network, const StateDict& state, const char* key, const Shape& shape) {
  const auto found = state.find(key);
  check(found != state.end(), "tensor {}.{} is missing", network, key);
  check(found->second.shape() == shape, "tensor {}.{} is {}, {} is expected", network, key, found->second.shape(),
        shape);
}

Checkpoint read(const Safetensors& file) {
  const auto format = file.metadata.find("format");
  check(format != file.metadata.end() && format->second == format_name,
        "not a DCGAN checkpoint: its metadata should say format = {}", format_name);
  check_format_version(file.metadata);
  Metadata metadata = file.metadata;
  metadata.emplace("classes", "0");        // format 2 knew no labels
  metadata.emplace("transpose", "false");  // nor did earlier versions know this
  Checkpoint result{.recipe = recipe_from(metadata),
                    .step = read_metadata<std::int64_t>(file.metadata, "step"),
                    .noise_position = read_metadata<std::uint64_t>(file.metadata, "noise_position")};
  check(result.step >= 0, "the metadata's step is {}, below 0", result.step);
  for (const auto& [name, tensor] : file.tensors) {
    bool taken = false;
    for (const auto& [prefix, state] : parts_of(result))
      if (name.starts_with(prefix)) taken = state->emplace(name.substr(prefix.size()), tensor).second;
    check(taken, "tensor {} is unexpected", name);
  }
  const models::DcganOptions model = result.recipe.model();
  check_first_weight("generator", result.generator, "0.weight", {model.inputs(), model.widest(), 4, 4});
  check_first_weight("discriminator", result.discriminator,
                     model.norm == models::Norm::spectral ? "0.parametrizations.weight.original" : "0.weight",
                     {model.base_channels, model.channels, 4, 4});
  return result;
}

}  // namespace

void save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  Safetensors file{.metadata = to_metadata(checkpoint.recipe)};
  file.metadata["format"] = format_name;
  file.metadata["format_version"] = std::to_string(format_version);
  file.metadata["step"] = std::to_string(checkpoint.step);
  file.metadata["noise_position"] = std::to_string(checkpoint.noise_position);
  for (const auto& [prefix, state] : parts_of(checkpoint))
    for (const auto& [name, tensor] : *state) file.tensors.emplace(prefix + name, tensor);
  write_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::string& path) {
  const Safetensors file = read_safetensors(path);
  try {
    return read(file);
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
}

void check_format_version(const Metadata& metadata) {
  if (metadata.contains("format_version")) check_format_version(metadata, format_version);
}

bool is_finite(const Checkpoint& checkpoint) {
  for (const auto& [prefix, state] : parts_of(checkpoint))
    for (const auto& [name, tensor] : *state) {
      if (tensor.dtype() != DType::f32) continue;
      if (!is_finite({tensor.data<float>(), static_cast<std::size_t>(tensor.numel())})) return false;
    }
  return true;
}

}  // namespace wisp::apps
