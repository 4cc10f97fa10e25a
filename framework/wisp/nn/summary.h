// summary: a network layer by layer with what each one makes and costs, as torchinfo prints it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <wisp/nn/module.h>

namespace wisp::nn {

/// One call of a module.
struct LayerSummary {
  std::string name;  ///< "2.conv"; empty for the network itself
  std::string type;
  int depth = 0;
  Shape output = {};                 ///< of its first result
  std::int64_t parameters = 0;       ///< of its own, not of the modules below it
  std::int64_t multiplications = 0;  ///< of convolutions and matrix products, those of the modules below it included
  std::int64_t bytes = 0;            ///< of its results
};

struct Summary {
  std::vector<LayerSummary> layers = {};  ///< in the order of the calls
  std::int64_t parameters = 0;            ///< a parameter that is used twice counts once
  std::int64_t trained_parameters = 0;    ///< those that are not frozen
  std::int64_t multiplications = 0;
  std::int64_t input_bytes = 0;
  std::int64_t output_bytes = 0;     ///< of the results of all layers without layers of their own
  std::int64_t parameter_bytes = 0;  ///< and of buffers
};

/// Of a network in evaluation mode for f32 inputs of that shape: summary(net, {64, 100, 1, 1}). Throws what trace()
/// throws.
Summary summary(Module& module, const Shape& input);
/// The same for several inputs, or other dtypes.
Summary summary(Module& module, const Tensors& inputs);

/// A table.
std::string to_string(const Summary& summary);

}  // namespace wisp::nn

template <>
struct fmt::formatter<wisp::nn::Summary> : fmt::formatter<std::string> {
  auto format(const wisp::nn::Summary& summary, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(wisp::nn::to_string(summary), context);
  }
};
