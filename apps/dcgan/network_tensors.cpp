#include <apps/dcgan/network_tensors.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/ranges.h>

namespace wisp::apps {
namespace {

using models::Norm;

// Whether the text is a convolution's weight's key at that place.
bool is_weight_key(std::string_view text, std::size_t index) {
  return text == models::weight_key(index, Norm::none) || text == models::weight_key(index, Norm::spectral);
}

// N where the key is "N.weight" or "N.parametrizations.weight.original".
std::optional<std::size_t> index_of_weight(const std::string& key) {
  std::size_t index = 0;
  std::from_chars(key.data(), key.data() + key.size(), index);
  return is_weight_key(key, index) ? std::optional(index) : std::nullopt;
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

std::string NetworkTensors::weight_key(std::size_t index) const {
  const std::string spectral = models::weight_key(index, Norm::spectral);
  return contains(spectral) ? spectral : models::weight_key(index, Norm::none);
}

std::string NetworkTensors::describe(const std::string& key) const {
  const auto found = tensors_.find(key);
  if (found == tensors_.end()) return fmt::format("tensor {}{} is missing", prefix_, key);
  return fmt::format("tensor {}{} is {} {}", prefix_, key, name_of(found->second.dtype()), found->second.shape());
}

void NetworkTensors::expect(const std::string& key, const Shape& shape, DType dtype) {
  const auto found = tensors_.find(key);
  const bool fits = found != tensors_.end() && found->second.shape() == shape &&
                    (found->second.dtype() == dtype || (dtype == DType::f32 && is_floating(found->second.dtype())));
  check(fits, "{}, {} {} is expected", describe(key), name_of(dtype), shape);
  expected_.insert_or_assign(key, found->second.to(dtype));
}

void NetworkTensors::expect_weight(Norm norm, std::size_t index, const Shape& shape) {
  expect(models::weight_key(index, norm), shape);
  if (norm != Norm::spectral) return;
  const std::string vectors = fmt::format("{}.parametrizations.weight.0.", index);
  expect(vectors + "_u", {shape[0]});
  expect(vectors + "_v", {shape.numel() / shape[0]});
}

void NetworkTensors::expect_norm(Norm norm, std::size_t index, std::int64_t channels) {
  for (const char* name : {"weight", "bias"}) expect(fmt::format("{}.{}", index, name), {channels});
  if (norm != Norm::batch) return;
  for (const char* name : {"running_mean", "running_var"}) expect(fmt::format("{}.{}", index, name), {channels});
  expect(fmt::format("{}.num_batches_tracked", index), {}, DType::i64);
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
      const std::string first = models::weight_key(0, norm);
      if ((name == first || name.ends_with("." + first)) &&
          std::none_of(others.begin(), others.end(), begins_with(name)))
        prefixes.emplace(name, name.substr(0, name.size() - first.size()));
    }
  check(!prefixes.empty(), "no such network is in it: neither {}* nor a tensor {}", fmt::join(names, "* nor "),
        models::weight_key(0, Norm::none));
  check(prefixes.size() == 1, "several networks may be meant: there are {} and {}, one is expected",
        prefixes.begin()->first, prefixes.rbegin()->first);
  return prefixes.begin()->second;
}

}  // namespace wisp::apps
