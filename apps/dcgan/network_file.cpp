#include <apps/dcgan/network_file.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include <fmt/ranges.h>

#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/weight_parts.h>
#include <wisp/core/allocator.h>
#include <wisp/core/text.h>
#include <wisp/io/safetensors.h>
#include <wisp/nn/conv2d.h>

namespace wisp::apps {
namespace {

const std::string plain = ".weight", original = ".parametrizations.weight.original",
                  vectors = ".parametrizations.weight.0.";

// The tensors of a file whose names begin with a prefix, by the rest of their names. Messages have the whole names.
class NetworkTensors {
 public:
  NetworkTensors(const Safetensors& file, std::string prefix) : prefix_(std::move(prefix)) {
    for (const auto& [name, tensor] : file.tensors)
      if (name.starts_with(prefix_)) tensors_.emplace(name.substr(prefix_.size()), tensor);
    for (const auto& [key, tensor] : tensors_)
      if (const auto index = index_of_weight(key); index && tensor.rank() == 4) convolutions_.emplace(*index, tensor);
  }

  // The weights of the convolutions by their place in the network, those of residual blocks not counted.
  const std::map<std::size_t, Tensor>& convolutions() const { return convolutions_; }
  bool contains(const std::string& key) const { return tensors_.contains(key); }

  // The number of residual blocks from that place on.
  std::int64_t blocks_from(std::size_t place) const {
    std::int64_t blocks = 0;
    while (contains(weight_key(fmt::format("{}.0", place + static_cast<std::size_t>(blocks))))) ++blocks;
    return blocks;
  }

  // "tensor main.0.weight is f32 100x256x4x4", to begin a message.
  std::string describe(const std::string& key) const {
    const auto found = tensors_.find(key);
    if (found == tensors_.end()) return fmt::format("tensor {} is missing", printable(prefix_ + key));
    return fmt::format("tensor {} is {} {}", printable(prefix_ + key), name_of(found->second.dtype()),
                       found->second.shape());
  }
  std::string describe_weight(std::size_t index) const { return describe(weight_key(std::to_string(index))); }

  // Turns weights with spectral normalisation, of a generator, into those that it uses in evaluation mode. PyTorch's
  // rows are a transposed convolution's second axis, and the first of the others, which are in residual blocks.
  void normalize_weights() {
    for (const auto& [key, tensor] : StateDict(tensors_)) {
      if (!key.ends_with(original)) continue;
      const std::string name = key.substr(0, key.size() - original.size());
      const Tensor u = take(name + vectors + "_u"), v = take(name + vectors + "_v");
      const int rows = name.find('.') == std::string::npos ? 1 : 0;
      tensors_.erase(key);
      const Tensor weight = spectrally_normalized(prefix_ + key, tensor, u, v, rows);
      check(tensors_.emplace(name + plain, weight).second, "{} beside {}{}", describe(name + plain), printable(prefix_),
            printable(key));
    }
  }

  // A convolution of the file may have a bias where this network has none: then it gets one.
  void add_biases(const nn::Module& network, const std::string& path = "") const {
    for (const auto& [name, child] : network.named_children()) {
      auto* const convolution = dynamic_cast<nn::Conv2d*>(child.get());
      if (convolution != nullptr && contains(path + name + ".bias"))
        convolution->bias = Tensor::zeros({convolution->weight.dim(0)}).set_requires_grad(true);
      add_biases(*child, path + name + ".");
    }
  }

  // Puts all tensors into the network, in its dtypes.
  void load_into(nn::Module& network) const {
    StateDict state;
    auto own_tensors = network.named_parameters();
    for (const auto& buffer : network.named_buffers()) own_tensors.push_back(buffer);
    for (const auto& [key, own] : own_tensors) {
      const auto found = tensors_.find(key);
      const bool fits =
          found != tensors_.end() && found->second.shape() == own.shape() &&
          (found->second.dtype() == own.dtype() || (is_floating(own.dtype()) && is_floating(found->second.dtype())));
      check(fits, "{}, {} {} is expected", describe(key), name_of(own.dtype()), own.shape());
      state.emplace(key, found->second.to(own.dtype()));
    }
    for (const auto& [key, tensor] : tensors_)
      check(state.contains(key), "{}: unexpected, the network has no such tensor", describe(key));
    network.load_state_dict(state);
  }

  // Runs build(), which may take as much memory as networks of such tensors do.
  template <class Build>
  nn::Sequential within_memory(const Build& build) const {
    constexpr std::size_t always = std::size_t{1} << 20, times = 8;
    std::size_t bytes = always;
    for (const auto& [key, tensor] : tensors_)
      bytes += times * sizeof(float) * static_cast<std::size_t>(tensor.numel());
    const AllocationLimit limit(bytes);
    return build();
  }

 private:
  // N where the key is "N.weight" or "N.parametrizations.weight.original".
  static std::optional<std::size_t> index_of_weight(const std::string& key) {
    std::size_t index = 0;
    std::from_chars(key.data(), key.data() + key.size(), index);
    const std::string name = std::to_string(index);
    return key == name + plain || key == name + original ? std::optional(index) : std::nullopt;
  }

  // Of the weight of the convolution called `name`; name.weight where there is none.
  std::string weight_key(const std::string& name) const {
    return contains(name + original) ? name + original : name + plain;
  }

  Tensor take(const std::string& key) {
    const auto found = tensors_.find(key);
    check(found != tensors_.end(), "{}", describe(key));
    return std::move(tensors_.extract(found).mapped());
  }

  std::string prefix_;
  StateDict tensors_;
  std::map<std::size_t, Tensor> convolutions_;
};

// Where the network that is called `names`, the best first, lies in the file: the first of those prefixes that occurs;
// else the only prefix with a tensor 0.weight, or what it is called with spectral normalisation, those in `others` and
// what lies inside of another one not counted. Throws Error when there is none or more.
std::string find_network(const Safetensors& file, const std::vector<std::string>& names,
                         const std::vector<std::string>& others) {
  for (const std::string& prefix : names)
    if (const auto at = file.tensors.lower_bound(prefix); at != file.tensors.end() && at->first.starts_with(prefix))
      return prefix;
  std::map<std::string, std::string> prefixes;  // of the first weights
  for (const auto& [name, tensor] : file.tensors)
    for (const std::string& first : {"0" + plain, "0" + original}) {
      const auto begins = [&](const std::string& prefix) { return name.starts_with(prefix); };
      if ((name == first || name.ends_with("." + first)) && std::none_of(others.begin(), others.end(), begins))
        prefixes.emplace(name, name.substr(0, name.size() - first.size()));
    }
  // Residual blocks have a first weight, too, but lie inside of a network.
  for (auto outer = prefixes.begin(); outer != prefixes.end(); ++outer)
    std::erase_if(prefixes, [&](const auto& inner) {
      return inner.second != outer->second && inner.second.starts_with(outer->second);
    });
  check(!prefixes.empty(), "no such network is in it: neither {}* nor a tensor 0.weight", fmt::join(names, "* nor "));
  check(prefixes.size() == 1, "several networks may be meant: there are {} and {}, one is expected",
        printable(prefixes.begin()->first), printable(prefixes.rbegin()->first));
  return prefixes.begin()->second;
}

// Runs build(file); complaints name the file.
template <class Build>
LoadedNetwork load(const std::string& path, Build build) {
  Safetensors file = read_safetensors(path);
  try {
    file.metadata = network_metadata(file);
    file.tensors = join_weight_parts(std::move(file.tensors));
    LoadedNetwork result = build(file);
    result.network.eval();
    return result;
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
}

// The size of the images, from the number of convolutions and whether the 28 x 28 networks' 3 x 3 kernel is there.
std::int64_t image_size(std::size_t convolutions, bool has_three) {
  check(4 <= convolutions && convolutions <= 6,
        "no DCGAN: a network of {} convolutions, expected 4 (for images of 28 or 32), 5 (64) or 6 (128)", convolutions);
  return convolutions == 4 ? (has_three ? 28 : 32) : (convolutions == 5 ? 64 : 128);
}

void check_image_channels(const NetworkTensors& tensors, std::size_t index, std::int64_t channels) {
  check(channels == 1 || channels == 3, "{}, 1 or 3 channels of images are expected in its second extent",
        tensors.describe_weight(index));
}

// The kernel's height of the convolution at that place; 0 where there is none.
std::int64_t kernel_at(const NetworkTensors& tensors, std::size_t index) {
  const auto found = tensors.convolutions().find(index);
  return found == tensors.convolutions().end() ? 0 : found->second.dim(2);
}

void check_first(const NetworkTensors& tensors) {
  check(tensors.convolutions().contains(0), "{}, the four extents of a convolution's weight are expected",
        tensors.describe_weight(0));
}

models::DcganOptions generator_options(const NetworkTensors& tensors, const Metadata& metadata) {
  check_first(tensors);
  constexpr std::size_t second = 3;  // the place; residual blocks are behind it and the next ones
  models::DcganOptions options;
  options.generator_blocks = tensors.blocks_from(second + 3);
  const std::size_t distance = 3 + static_cast<std::size_t>(options.generator_blocks);
  for (const auto& [index, weight] : tensors.convolutions())
    check(index == 0 || (index >= second && (index - second) % distance == 0),
          "{}; a generator has convolutions at 0, {}, {} and so on", tensors.describe_weight(index), second,
          second + distance);
  const auto& [last, weight] = *tensors.convolutions().rbegin();
  const std::int64_t inputs = tensors.convolutions().at(0).dim(0);
  if (metadata.contains("classes")) options.classes = read_metadata<std::int64_t>(metadata, "classes");
  check(options.classes == 0 || (options.classes > 0 && options.classes < inputs),
        "the metadata say {} classes, the generator has {} inputs", options.classes, inputs);
  options.latent = inputs - options.classes;
  options.image_size = image_size(last == 0 ? 1 : (last - second) / distance + 2, kernel_at(tensors, second) == 3);
  options.base_channels = weight.dim(0);
  options.channels = weight.dim(1);
  check_image_channels(tensors, last, options.channels);
  const Shape first = tensors.convolutions().at(0).shape(), expected = first.with(1, options.widest());
  check(first == expected, "{}, f32 {} is expected", tensors.describe_weight(0), expected);
  return options;
}

models::DcganOptions discriminator_options(const NetworkTensors& tensors) {
  check_first(tensors);
  const auto& convolutions = tensors.convolutions();
  models::DcganOptions options;
  options.image_size = image_size(convolutions.size(), kernel_at(tensors, convolutions.rbegin()->first) == 3);
  options.base_channels = convolutions.at(0).dim(0);
  options.channels = convolutions.at(0).dim(1);
  const std::int64_t logits = convolutions.rbegin()->second.dim(0);
  options.classes = logits == 1 ? 0 : logits;
  check_image_channels(tensors, 0, options.channels);
  if (tensors.contains("0" + original))
    options.norm = models::Norm::spectral;
  else if (convolutions.contains(4) || tensors.blocks_from(4) > 0)  // behind a LeakyReLU alone
    options.norm = models::Norm::none;
  else
    options.norm = tensors.contains("3.running_mean") ? models::Norm::batch : models::Norm::group;
  options.discriminator_blocks = tensors.blocks_from(models::is_layer(options.norm) ? 5 : 4);
  return options;
}

LoadedNetwork build_generator(const Safetensors& file, bool raw) {
  std::vector<std::string> names{"generator."};
  if (!raw) names.insert(names.begin(), "generator_ema.");
  NetworkTensors tensors(file, find_network(file, names, {"generator_ema.", "discriminator."}));
  const models::DcganOptions options = generator_options(tensors, file.metadata);
  tensors.normalize_weights();
  Rng rng(0);
  LoadedNetwork result{options, tensors.within_memory([&] { return models::dcgan_generator(options, rng); })};
  tensors.load_into(result.network);
  return result;
}

LoadedNetwork build_discriminator(const Safetensors& file) {
  const NetworkTensors tensors(file, find_network(file, {"discriminator."}, {"generator_ema.", "generator."}));
  const models::DcganOptions options = discriminator_options(tensors);
  Rng rng(0);
  LoadedNetwork result{options, tensors.within_memory([&] { return models::dcgan_discriminator(options, rng); })};
  tensors.add_biases(result.network);
  tensors.load_into(result.network);
  return result;
}

}  // namespace

LoadedNetwork load_generator(const std::string& path, bool raw) {
  return load(path, [&](const Safetensors& file) { return build_generator(file, raw); });
}

LoadedNetwork load_discriminator(const std::string& path) { return load(path, build_discriminator); }

}  // namespace wisp::apps
