#include <apps/common/judge_file.h>

#include <cmath>

#include <apps/common/metadata.h>
#include <wisp/io/checksum.h>
#include <wisp/io/safetensors.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t format_version = 1;
constexpr const char* kind = "judge";

Tensors tensors_of(const nn::StateDict& state) {
  Tensors tensors;
  for (const auto& [name, tensor] : state) tensors.push_back(tensor);
  return tensors;
}

void check_finite(const nn::StateDict& state) {
  for (const auto& [name, tensor] : state)
    for (const double value : tensor.to(DType::f64).values<double>())
      check(std::isfinite(value), "tensor {} holds {}", name, value);
}

LoadedJudge build(const Safetensors& file) {
  const Metadata& metadata = file.metadata;
  check(metadata.contains("network") && metadata.at("network") == kind, "holds no judge; `mnist train` makes one");
  check_format_version(metadata, format_version);
  const auto weight = file.tensors.find("classifier.0.weight");
  // As large as what is built: its rows alone would not be bounded by the file.
  check(weight != file.tensors.end() && weight->second.rank() == 2 &&
            weight->second.dim(1) == models::Judge::feature_count,
        "lacks the matrix classifier.0.weight with {} columns", int{models::Judge::feature_count});
  Rng rng(0);
  LoadedJudge judge{models::Judge(weight->second.dim(0), rng), weight->second.dim(0),
                    read_metadata<std::string>(metadata, "data_checksum"), checksum(tensors_of(file.tensors))};
  judge.network.load_state_dict(file.tensors);
  check_finite(file.tensors);
  judge.network.eval();
  return judge;
}

}  // namespace

LoadedJudge load_judge(const std::string& path) {
  const Safetensors file = read_safetensors(path);
  try {
    return build(file);
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
}

void save_judge(const std::string& path, const models::Judge& judge, const std::string& data_checksum) {
  write_safetensors(
      path,
      {judge.state_dict(),
       {{"network", kind}, {"format_version", fmt::format("{}", format_version)}, {"data_checksum", data_checksum}}});
}

}  // namespace wisp::apps
