#include <wisp/io/checkpoint.h>

#include <map>
#include <set>

#include <wisp/io/safetensors.h>

namespace wisp {
namespace {

constexpr const char* format_name = "wisp.checkpoint";
constexpr const char* format_version = "1";
const std::string kind_prefix = "part.", own_prefix = "own.";

void check_names(const CheckpointParts& parts) {
  std::set<std::string> names;
  for (const CheckpointPart& part : parts) {
    check(!part.name.empty() && part.name.find('.') == std::string::npos && part.name + "." != kind_prefix &&
              part.name + "." != own_prefix,
          "checkpoint: {} is no name of a part: it must not be empty, have a dot, or be part or own", quote(part.name));
    check(names.insert(part.name).second, "checkpoint: there are two parts {}", part.name);
  }
}

// Moves the entries whose names begin with the prefix out of the map. The result has them by the rest of their names.
template <class T>
std::map<std::string, T> take(std::map<std::string, T>& from, const std::string& prefix) {
  std::map<std::string, T> result;
  for (auto at = from.lower_bound(prefix); at != from.end() && at->first.starts_with(prefix); at = from.erase(at))
    result.emplace(at->first.substr(prefix.size()), at->second);
  return result;
}

// A copy with tensors of its own: loading another state may write into those of this one.
CheckpointState copy_of(CheckpointState state) {
  for (auto& [name, tensor] : state.tensors) {
    Tensor copy = Tensor::empty(tensor.shape(), tensor.dtype());
    copy.copy_(tensor.detach());
    tensor = copy;
  }
  return state;
}

// The state of each part in the file. Throws Error where the file has not exactly these parts.
std::vector<CheckpointState> states_of(Safetensors& file, const CheckpointParts& parts) {
  Metadata kinds = take(file.metadata, kind_prefix);
  std::vector<CheckpointState> states;
  for (const CheckpointPart& part : parts) {
    const auto found = kinds.find(part.name);
    check(found != kinds.end(), "it has no part {}", part.name);
    const std::string expected = part.state().kind;
    check(found->second == expected, "part {} is {}, {} is expected", part.name, quote(found->second), quote(expected));
    states.push_back({found->second, take(file.tensors, part.name + "."), take(file.metadata, part.name + ".")});
    kinds.erase(found);
  }
  check(kinds.empty(), "its part {} is unexpected", kinds.empty() ? "" : printable(kinds.begin()->first));
  check(file.tensors.empty(), "tensor {} belongs to no part",
        file.tensors.empty() ? "" : printable(file.tensors.begin()->first));
  return states;
}

void load_part(const CheckpointPart& part, const CheckpointState& state) {
  try {
    part.load(state);
  } catch (const Error& error) {
    fail("part {}: {}", part.name, error.what());
  }
}

// Loads all parts. Where one of them does not fit, those before it get back the states that they had.
void load_states(const CheckpointParts& parts, const std::vector<CheckpointState>& states) {
  std::vector<CheckpointState> before;
  for (const CheckpointPart& part : parts) before.push_back(copy_of(part.state()));
  std::size_t loaded = 0;
  try {
    for (; loaded < parts.size(); ++loaded) load_part(parts[loaded], states[loaded]);
  } catch (...) {
    for (std::size_t i = 0; i < loaded; ++i) parts[i].load(before[i]);
    throw;
  }
}

}  // namespace

Safetensors make_checkpoint(const CheckpointParts& parts, const Metadata& metadata) {
  check_names(parts);
  Safetensors file{.metadata = {{"format", format_name}, {"format_version", format_version}}};
  for (const CheckpointPart& part : parts) {
    const CheckpointState state = part.state();
    file.metadata[kind_prefix + part.name] = state.kind;
    for (const auto& [name, tensor] : state.tensors) file.tensors.emplace(part.name + "." + name, tensor);
    for (const auto& [name, value] : state.values) file.metadata[part.name + "." + name] = value;
  }
  for (const auto& [name, value] : metadata) file.metadata[own_prefix + name] = value;
  return file;
}

void restore_checkpoint(const Safetensors& checkpoint, const CheckpointParts& parts) {
  check_names(parts);
  Safetensors file = checkpoint;
  check(file.metadata["format"] == format_name, "no checkpoint: its metadata should say format = {}", format_name);
  check(file.metadata["format_version"] == format_version, "its format_version is {}, this version of Wisp reads {}",
        quote(file.metadata["format_version"]), format_version);
  load_states(parts, states_of(file, parts));
}

Metadata checkpoint_metadata(const Safetensors& checkpoint) {
  Metadata metadata = checkpoint.metadata;
  return take(metadata, own_prefix);
}

void save_checkpoint(const std::string& path, const CheckpointParts& parts, const Metadata& metadata) {
  write_safetensors(path, make_checkpoint(parts, metadata));
}

Metadata load_checkpoint(const std::string& path, const CheckpointParts& parts) {
  check_names(parts);
  const Safetensors file = read_safetensors(path);
  try {
    restore_checkpoint(file, parts);
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
  return checkpoint_metadata(file);
}

}  // namespace wisp
