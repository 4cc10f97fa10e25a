// onnx_side FOLDER: exports networks of all kinds, each as NAME.onnx and NAME.safetensors with its inputs (in.0, ...)
// and outputs (out.0, ...) for another batch than it was exported with.
#include <functional>

#include <tests/exchange/every_op_network.h>
#include <wisp/exchange/onnx_export.h>
#include <wisp/wisp.h>

using namespace wisp;

namespace {

void write(const std::string& folder, const std::string& name, nn::Module& module, const Tensors& samples) {
  save_onnx(folder + "/" + name + ".onnx", module, samples);
  Rng rng(7);
  Safetensors file;
  Tensors inputs;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Shape& shape = samples[i].shape();
    inputs.push_back(Tensor::randn(shape.with(0, shape[0] + 2), rng).to(samples[i].dtype()));
    file.tensors[fmt::format("in.{}", i)] = inputs.back();
  }
  const NoGrad guard;
  const nn::ScopedMode evaluation(module, false);
  const Tensors outputs = module(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) file.tensors[fmt::format("out.{}", i)] = outputs[i];
  write_safetensors(folder + "/" + name + ".safetensors", file);
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  Rng rng(1);
  for (auto& [name, module, samples] : testing::exported_networks(rng)) write(folder, name, *module, samples);
}
