#include <apps/dcgan/checkpoint.h>

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

}  // namespace wisp::apps
