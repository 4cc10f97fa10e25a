#include <apps/dcgan/network_tensors.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/ranges.h>

#include <apps/dcgan/weight_parts.h>
#include <wisp/core/text.h>

namespace wisp::apps {
namespace {

using models::Norm;

// N where the key is "N.weight" or "N.parametrizations.weight.original".
std::optional<std::size_t> index_of_weight(const std::string& key) {
  std::size_t index = 0;
  std::from_chars(key.data(), key.data() + key.size(), index);
  const std::string name = std::to_string(index);
  const bool is_weight = key == models::weight_key(name, Norm::none) || key == models::weight_key(name, Norm::spectral);
  return is_weight ? std::optional(index) : std::nullopt;
}

}  // namespace

NetworkTensors::NetworkTensors(const Safetensors& file, std::string prefix) : prefix_(std::move(prefix)) {
  for (const auto& [name, tensor] : file.tensors) {
    if (!name.starts_with(prefix_)) continue;
    const std::string key = name.substr(prefix_.size());
    tensors_.emplace(key, tensor);
    const std::optional<std::size_t> index = index_of_weight(key);
    if (index && tensor.rank() == 4) convolutions_.emplace(*index, tensor);
  }
}

std::int64_t NetworkTensors::blocks_from(std::size_t place) const {
  std::int64_t blocks = 0;
  while (contains(weight_key(fmt::format("{}.0", place + static_cast<std::size_t>(blocks))))) ++blocks;
  return blocks;
}

std::string NetworkTensors::weight_key(const std::string& name) const {
  const std::string spectral = models::weight_key(name, Norm::spectral);
  return contains(spectral) ? spectral : models::weight_key(name, Norm::none);
}

std::string NetworkTensors::describe(const std::string& key) const {
  const auto found = tensors_.find(key);
  if (found == tensors_.end()) return fmt::format("tensor {} is missing", printable(prefix_ + key));
  return fmt::format("tensor {} is {} {}", printable(prefix_ + key), name_of(found->second.dtype()),
                     found->second.shape());
}

void NetworkTensors::normalize_weights() {
  const std::string vectors = ".parametrizations.weight.0.", original = models::weight_key("", Norm::spectral);
  for (const auto& [key, tensor] : nn::StateDict(tensors_)) {
    if (!key.ends_with(original)) continue;
    const std::string name = key.substr(0, key.size() - original.size());
    const auto vector = [&](const char* which) {
      const auto found = tensors_.find(name + vectors + which);
      check(found != tensors_.end(), "{}", describe(name + vectors + which));
      return std::move(tensors_.extract(found).mapped());
    };
    const int rows = name.find('.') == std::string::npos ? 1 : 0;
    tensors_.erase(key);
    const Tensor u = vector("_u"), v = vector("_v");
    const bool is_new =
        tensors_.emplace(models::weight_key(name, Norm::none), spectrally_normalized(prefix_ + key, tensor, u, v, rows))
            .second;
    check(is_new, "{} beside {}{}", describe(models::weight_key(name, Norm::none)), printable(prefix_), printable(key));
  }
}

void NetworkTensors::expect(const std::string& key, const Shape& shape, DType dtype) {
  const auto found = tensors_.find(key);
  const bool fits = found != tensors_.end() && found->second.shape() == shape &&
                    (found->second.dtype() == dtype || (dtype == DType::f32 && is_floating(found->second.dtype())));
  check(fits, "{}, {} {} is expected", describe(key), name_of(dtype), shape);
  expected_.insert_or_assign(key, found->second.to(dtype));
}

void NetworkTensors::expect_weight(Norm norm, const std::string& name, const Shape& shape) {
  expect(models::weight_key(name, norm), shape);
  if (norm != Norm::spectral) return;
  const std::string vectors = name + ".parametrizations.weight.0.";
  expect(vectors + "_u", {shape[0]});
  expect(vectors + "_v", {shape.numel() / shape[0]});
}

void NetworkTensors::expect_norm(Norm norm, const std::string& name, std::int64_t channels) {
  for (const char* tensor : {".weight", ".bias"}) expect(name + tensor, {channels});
  if (norm != Norm::batch) return;
  for (const char* tensor : {".running_mean", ".running_var"}) expect(name + tensor, {channels});
  expect(name + ".num_batches_tracked", {}, DType::i64);
}

nn::StateDict NetworkTensors::take_all() {
  for (const auto& [key, tensor] : tensors_)
    check(expected_.contains(key), "{}: unexpected, the network has no such tensor", describe(key));
  return expected_;
}

std::string find_network(const Safetensors& file, const std::vector<std::string>& names,
                         const std::vector<std::string>& others) {
  const auto begins_with = [](const std::string& text) {
    return [&](const std::string& prefix) { return text.starts_with(prefix); };
  };
  for (const std::string& prefix : names)
    if (const auto at = file.tensors.lower_bound(prefix); at != file.tensors.end() && at->first.starts_with(prefix))
      return prefix;
  std::map<std::string, std::string> prefixes;  // of the first weights
  for (const auto& [name, tensor] : file.tensors)
    for (const Norm norm : {Norm::none, Norm::spectral}) {
      const std::string first = models::weight_key("0", norm);
      if ((name == first || name.ends_with("." + first)) &&
          std::none_of(others.begin(), others.end(), begins_with(name)))
        prefixes.emplace(name, name.substr(0, name.size() - first.size()));
    }
  // Residual blocks have a first weight, too, but lie inside of a network.
  for (auto outer = prefixes.begin(); outer != prefixes.end(); ++outer)
    std::erase_if(prefixes, [&](const auto& inner) {
      return inner.second != outer->second && inner.second.starts_with(outer->second);
    });
  check(!prefixes.empty(), "no such network is in it: neither {}* nor a tensor {}", fmt::join(names, "* nor "),
        models::weight_key("0", Norm::none));
  check(prefixes.size() == 1, "several networks may be meant: there are {} and {}, one is expected",
        printable(prefixes.begin()->first), printable(prefixes.rbegin()->first));
  return prefixes.begin()->second;
}

}  // namespace wisp::apps
