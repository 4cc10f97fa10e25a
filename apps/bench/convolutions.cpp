#include <apps/bench/convolutions.h>

#include <algorithm>

#include <fmt/core.h>

#include <wisp/nn/trace.h>

namespace wisp::apps {
namespace {

using kernels::Conv2dMap;

// One axis of a convolution, whose big image is the one that a transposed convolution makes.
kernels::Conv2dAxis axis_of(const nn::Trace& trace, const nn::TracedOp& op, int dim) {
  const auto side = [&](const char* name) {
    return attribute<std::vector<std::int64_t>>(op, name)[static_cast<std::size_t>(dim - 2)];
  };
  const std::int64_t from = trace.shape(op.inputs[0])[dim], to = trace.shape(op.outputs[0])[dim];
  return {std::max(from, to), std::min(from, to), trace.shape(op.inputs[1])[dim], side("stride"), side("padding")};
}

// Appends the convolutions of a network that takes such inputs.
void append(std::vector<StepConvolution>& result, bool generator, nn::Sequential network, const Tensor& sample,
            std::int64_t batch, DType dtype) {
  const int forward_calls = generator ? 1 : 3, weight_calls = generator ? 1 : 2;
  const nn::Trace trace = nn::trace(network, {sample});
  int number = 0;
  for (const nn::TracedOp& op : trace.ops) {
    if (op.op != "conv2d" && op.op != "conv_transpose2d") continue;
    const Shape &from = trace.shape(op.inputs[0]), &to = trace.shape(op.outputs[0]);
    const kernels::Conv2dGeometry geometry{.batch = batch,
                                           .channels = generator ? to[1] : from[1],
                                           .filters = generator ? from[1] : to[1],
                                           .height = axis_of(trace, op, 2),
                                           .width = axis_of(trace, op, 3)};
    const std::string name = fmt::format("{}{} {}x{}x{} -> {}x{}x{}, kernel {}", generator ? 'G' : 'D', ++number,
                                         from[1], from[2], from[3], to[1], to[2], to[3], geometry.height.kernel);
    const Conv2dMap forward = generator ? Conv2dMap::grad_input : Conv2dMap::conv2d;
    const Conv2dMap backward = generator ? Conv2dMap::conv2d : Conv2dMap::grad_input;
    const int data_calls = (number > 1 ? weight_calls : 0) + (generator ? 0 : 1);
    result.push_back({name, "forward", {forward, geometry, dtype}, forward_calls});
    result.push_back({name, "data gradient", {backward, geometry, dtype}, data_calls});
    result.push_back({name, "weight gradient", {Conv2dMap::grad_weight, geometry, dtype}, weight_calls});
  }
}

}  // namespace

std::vector<StepConvolution> step_convolutions(const models::DcganOptions& model, std::int64_t batch, DType dtype) {
  std::vector<StepConvolution> result;
  Rng rng(1);
  append(result, true, models::dcgan_generator(model, rng), Tensor::ones({1, model.inputs(), 1, 1}), batch, dtype);
  append(result, false, models::dcgan_discriminator(model, rng),
         Tensor::ones({1, model.channels, model.image_size, model.image_size}), batch, dtype);
  return result;
}

double step_flops(const models::DcganOptions& model, std::int64_t batch) {
  double flops = 0;
  for (const StepConvolution& c : step_convolutions(model, batch, DType::f32))
    flops += c.calls * c.problem.geometry.flops();
  return flops;
}

}  // namespace wisp::apps
