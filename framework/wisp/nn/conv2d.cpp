#include <wisp/nn/conv2d.h>

#include <type_traits>

#include <wisp/nn/description.h>
#include <wisp/nn/init.h>
#include <wisp/ops/arguments.h>

namespace wisp::nn {
namespace {

Tensor make_weight(const char* layer, std::int64_t rows, std::int64_t columns, std::int64_t groups, Size2d kernel,
                   Rng& rng) {
  check(rows >= 1 && columns >= 1 && kernel.height >= 1 && kernel.width >= 1,
        "{}: channels and kernel size must be at least 1, given {} and {} channels, kernel {}", layer, rows, columns,
        kernel);
  check(groups >= 1 && rows % groups == 0 && columns % groups == 0,
        "{}: groups must divide both channel counts, given {} groups, {} and {} channels", layer, groups, rows,
        columns);
  const Tensor weight = Tensor::empty({rows, columns / groups, kernel.height, kernel.width});
  return init::default_(weight, init::fan_in(weight), rng);
}

Tensor make_bias(bool wanted, std::int64_t channels, const Tensor& weight, Rng& rng) {
  return wanted ? init::default_(Tensor::empty({channels}), init::fan_in(weight), rng) : Tensor();
}

// The height and width of a layer's kernel.
Size2d kernel_of(const Tensor& weight) { return {weight.dim(2), weight.dim(3)}; }

// PyTorch prints it unless it is the default.
template <class T>
Option unless_default(const char* name, const T& value, const std::type_identity_t<T>& usual) {
  return {name, option_value(value), value == usual ? Printed::not_at_all : Printed::with_name};
}

Conv2dPadding padding_of(const Options& options) {
  const auto* text = std::get_if<std::string>(&options["padding"]);
  return text != nullptr && *text == "same" ? Conv2dPadding::same : Conv2dPadding(options.get<Size2d>("padding"));
}

}  // namespace

Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options,
               Rng& rng)
    : weight(register_parameter("weight",
                                make_weight("Conv2d", out_channels, in_channels, options.groups, kernel_size, rng))),
      bias(register_parameter("bias", make_bias(options.bias, out_channels, weight, rng))),
      options_(options) {
  check(!options.padding.is_same() || options.stride == Size2d(1),
        "Conv2d: padding `same` needs stride 1, given {}; give the padding in pixels", options.stride);
}

Options Conv2d::options() const {
  const Conv2dPadding& padding = options_.padding;
  return {{"in_channels", weight.dim(1) * options_.groups, Printed::value_alone},
          {"out_channels", weight.dim(0), Printed::value_alone},
          {"kernel_size", option_value(kernel_of(weight))},
          {"stride", option_value(options_.stride)},
          padding.is_same() ? Option{"padding", "same"} : unless_default("padding", padding.size(), 0),
          unless_default("dilation", options_.dilation, 1),
          unless_default("groups", options_.groups, 1),
          unless_default("bias", bias.defined(), true),
          unless_default("padding_mode", std::string(name_of(options_.padding_mode)), "zeros")};
}

std::shared_ptr<Module> Conv2d::make(const Description& description, Rng& rng) {
  const Options& o = description.options;
  return std::make_shared<Conv2d>(o.get<std::int64_t>("in_channels"), o.get<std::int64_t>("out_channels"),
                                  o.get<Size2d>("kernel_size"),
                                  Conv2dOptions{.stride = o.get<Size2d>("stride"),
                                                .padding = padding_of(o),
                                                .dilation = o.get<Size2d>("dilation"),
                                                .groups = o.get<std::int64_t>("groups"),
                                                .bias = o.get<bool>("bias"),
                                                .padding_mode = padding_mode_of(o.get<std::string>("padding_mode"))},
                                  rng);
}

ConvTranspose2d::ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size,
                                 const ConvTranspose2dOptions& options, Rng& rng)
    : weight(register_parameter(
          "weight", make_weight("ConvTranspose2d", in_channels, out_channels, options.groups, kernel_size, rng))),
      bias(register_parameter("bias", make_bias(options.bias, out_channels, weight, rng))),
      options_(options) {}

Tensor ConvTranspose2d::forward(const Tensor& input, const Shape& output_size) const {
  const int rank = output_size.rank();
  check(input.rank() == 3 || input.rank() == 4,
        "ConvTranspose2d: input must be N x C x H x W or C x H x W (input {}, weight {})", input.shape(),
        weight.shape());
  check(rank == 2 || rank == input.rank(), "ConvTranspose2d: output_size must have 2 or {} numbers, given {}",
        input.rank(), output_size);
  ConvTranspose2dOptions options = options_;
  options.output_padding = conv_transpose2d_output_padding(
      {input.dim(-2), input.dim(-1)}, {output_size.dim(-2), output_size.dim(-1)}, kernel_of(weight), options_);
  return conv_transpose2d(input, weight, bias, options);
}

Tensor ConvTranspose2d::operator()(const Tensor& input, const Shape& output_size) const {
  return call({input}, [&](const Tensors& inputs) { return Tensors{forward(inputs.at(0), output_size)}; }).at(0);
}

Options ConvTranspose2d::options() const {
  return {{"in_channels", weight.dim(0), Printed::value_alone},
          {"out_channels", weight.dim(1) * options_.groups, Printed::value_alone},
          {"kernel_size", option_value(kernel_of(weight))},
          {"stride", option_value(options_.stride)},
          unless_default("padding", options_.padding, 0),
          unless_default("dilation", options_.dilation, 1),
          unless_default("output_padding", options_.output_padding, 0),
          unless_default("groups", options_.groups, 1),
          unless_default("bias", bias.defined(), true)};
}

std::shared_ptr<Module> ConvTranspose2d::make(const Description& description, Rng& rng) {
  const Options& o = description.options;
  return std::make_shared<ConvTranspose2d>(o.get<std::int64_t>("in_channels"), o.get<std::int64_t>("out_channels"),
                                           o.get<Size2d>("kernel_size"),
                                           ConvTranspose2dOptions{.stride = o.get<Size2d>("stride"),
                                                                  .padding = o.get<Size2d>("padding"),
                                                                  .output_padding = o.get<Size2d>("output_padding"),
                                                                  .groups = o.get<std::int64_t>("groups"),
                                                                  .bias = o.get<bool>("bias"),
                                                                  .dilation = o.get<Size2d>("dilation")},
                                           rng);
}

}  // namespace wisp::nn
