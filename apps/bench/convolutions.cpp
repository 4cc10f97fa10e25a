#include <apps/bench/convolutions.h>

#include <fmt/core.h>

namespace wisp::apps {
namespace {

using kernels::Conv2dMap;

// Appends the layers of a network whose first input has `size` rows and columns.
void append(std::vector<StepConvolution>& result, bool generator, const std::vector<models::DcganLayer>& layers,
            std::int64_t size, std::int64_t batch, DType dtype) {
  const int forward_calls = generator ? 1 : 3, weight_calls = generator ? 1 : 2;
  int number = 0;
  for (const models::DcganLayer& l : layers) {
    const std::int64_t from = size;
    size =
        generator ? (from - 1) * l.stride - 2 * l.padding + l.kernel : (from + 2 * l.padding - l.kernel) / l.stride + 1;
    // The big image is the generator's output, and the discriminator's input.
    const kernels::Conv2dAxis axis{std::max(from, size), std::min(from, size), l.kernel, l.stride, l.padding};
    const kernels::Conv2dGeometry geometry{.batch = batch,
                                           .channels = generator ? l.out_channels : l.in_channels,
                                           .filters = generator ? l.in_channels : l.out_channels,
                                           .height = axis,
                                           .width = axis};
    const std::string name = fmt::format("{}{} {}x{}x{} -> {}x{}x{}, kernel {}", generator ? 'G' : 'D', ++number,
                                         l.in_channels, from, from, l.out_channels, size, size, l.kernel);
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
  append(result, true, models::dcgan_generator_layers(model), 1, batch, dtype);
  append(result, false, models::dcgan_discriminator_layers(model), model.image_size, batch, dtype);
  return result;
}

double step_flops(const models::DcganOptions& model, std::int64_t batch) {
  double flops = 0;
  for (const StepConvolution& c : step_convolutions(model, batch, DType::f32))
    flops += c.calls * c.problem.geometry.flops();
  return flops;
}

}  // namespace wisp::apps
