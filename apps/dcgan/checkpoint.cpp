#include <apps/dcgan/checkpoint.h>

#include <charconv>

#include <wisp/io/safetensors.h>

namespace wisp::apps {
namespace {

constexpr const char* format_name = "wisp.dcgan";

// The options under the names they have in the metadata.
template <class Options, class Visit>
void visit_options(Options& options, Visit visit) {
  visit("latent", options.latent);
  visit("base_channels", options.base_channels);
  visit("image_size", options.image_size);
  visit("channels", options.channels);
}

models::DcganOptions read_options(const Safetensors& file) {
  const auto found = file.metadata.find("format");
  check(found != file.metadata.end() && found->second == format_name,
        "not a DCGAN checkpoint: its metadata should say format = {}", format_name);
  models::DcganOptions options;
  visit_options(options, [&](const char* name, std::int64_t& value) {
    const auto entry = file.metadata.find(name);
    check(entry != file.metadata.end(), "the metadata lack {}", name);
    const std::string& text = entry->second;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    check(problem == std::errc{} && end == text.data() + text.size(),
          "the metadata's {} should be a number, it is \"{}\"", name, text);
  });
  return options;
}

void check_tensor(const Safetensors& file, const std::string& name, const Shape& shape) {
  const auto found = file.tensors.find(name);
  check(found != file.tensors.end(), "tensor {} is missing", name);
  check(found->second.shape() == shape && found->second.dtype() == DType::f32, "tensor {} is {} {}, f32 {} is expected",
        name, name_of(found->second.dtype()), found->second.shape(), shape);
}

LoadedGenerator build(const Safetensors& file) {
  const std::string prefix = "generator.";
  const models::DcganOptions options = read_options(file);
  // Before anything is allocated: the options must not promise more than the file holds.
  for (const models::DcganLayer& layer : models::dcgan_generator_layers(options))
    check_tensor(file, fmt::format("{}{}.weight", prefix, layer.index),
                 {layer.in_channels, layer.out_channels, layer.kernel, layer.kernel});
  nn::StateDict state;
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with(prefix)) state.emplace(name.substr(prefix.size()), tensor);
  Rng rng(0);
  LoadedGenerator result{options, models::dcgan_generator(options, rng)};
  result.network.load_state_dict(state);
  result.network.eval();
  return result;
}

}  // namespace

void save_checkpoint(const std::string& path, const models::DcganOptions& options, const nn::Module& generator,
                     const nn::Module& discriminator) {
  Safetensors file;
  file.metadata["format"] = format_name;
  visit_options(options, [&](const char* name, std::int64_t value) { file.metadata[name] = std::to_string(value); });
  for (const auto& [name, tensor] : generator.state_dict()) file.tensors.emplace("generator." + name, tensor);
  for (const auto& [name, tensor] : discriminator.state_dict()) file.tensors.emplace("discriminator." + name, tensor);
  write_safetensors(path, file);
}

LoadedGenerator load_generator(const std::string& path) {
  const Safetensors file = read_safetensors(path);
  try {
    return build(file);
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
}

}  // namespace wisp::apps
