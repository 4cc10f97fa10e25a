#include <wisp/nn/pooling.h>

#include <wisp/nn/description.h>

namespace wisp::nn {
namespace {

// PyTorch prints one number where it was given one. Two equal ones are printed so, too.
OptionValue shortened(Size2d size) { return size.height == size.width ? OptionValue(size.height) : option_value(size); }

}  // namespace

Options MaxPool2d::options() const {
  return {{"kernel_size", shortened(kernel_size_)},
          {"stride", shortened(options_.stride.value_or(kernel_size_))},
          {"padding", shortened(options_.padding)},
          {"dilation", shortened(options_.dilation)},
          {"ceil_mode", options_.ceil_mode}};
}

std::shared_ptr<Module> MaxPool2d::make(const Description& description, Rng&) {
  const Options& o = description.options;
  return std::make_shared<MaxPool2d>(o.get<Size2d>("kernel_size"),
                                     MaxPool2dOptions{.stride = o.get<Size2d>("stride"),
                                                      .padding = o.get<Size2d>("padding"),
                                                      .dilation = o.get<Size2d>("dilation"),
                                                      .ceil_mode = o.get<bool>("ceil_mode")});
}

Options AvgPool2d::options() const {
  return {{"kernel_size", shortened(kernel_size_)},
          {"stride", shortened(options_.stride.value_or(kernel_size_))},
          {"padding", shortened(options_.padding)}};
}

std::shared_ptr<Module> AvgPool2d::make(const Description& description, Rng&) {
  const Options& o = description.options;
  return std::make_shared<AvgPool2d>(
      o.get<Size2d>("kernel_size"),
      AvgPool2dOptions{.stride = o.get<Size2d>("stride"), .padding = o.get<Size2d>("padding")});
}

}  // namespace wisp::nn
