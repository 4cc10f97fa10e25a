#include <wisp/kernels/conv_algorithm.h>

#include <wisp/kernels/setting.h>

namespace wisp {
namespace {

kernels::Setting<ConvAlgorithm>& current() {
  static kernels::Setting<ConvAlgorithm> setting("WISP_CONV", conv_algorithm_of);
  return setting;
}

}  // namespace

const char* name_of(ConvAlgorithm algorithm) {
  constexpr const char* names[] = {"auto", "im2col", "direct", "winograd"};
  return names[static_cast<int>(algorithm)];
}

const char* conv_algorithm_names() { return "auto, im2col, direct and winograd"; }

ConvAlgorithm conv_algorithm_of(std::string_view name) {
  for (const ConvAlgorithm a :
       {ConvAlgorithm::automatic, ConvAlgorithm::im2col, ConvAlgorithm::direct, ConvAlgorithm::winograd})
    if (name == name_of(a)) return a;
  throw Error(fmt::format("{} is not an algorithm of convolution; valid are {}", name, conv_algorithm_names()));
}

ConvAlgorithm conv_algorithm() { return current().get(); }

void set_conv_algorithm(ConvAlgorithm algorithm) { current().set(algorithm); }

}  // namespace wisp
