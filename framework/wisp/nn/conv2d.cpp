#include <wisp/nn/conv2d.h>

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
  init::default_(weight, init::fan_in(weight), rng);
  return weight;
}

Tensor make_bias(bool wanted, std::int64_t channels, const Tensor& weight, Rng& rng) {
  if (!wanted) return {};
  const Tensor bias = Tensor::empty({channels});
  init::default_(bias, init::fan_in(weight), rng);
  return bias;
}

}  // namespace

Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options,
               Rng& rng)
    : options_{options.stride, options.padding, options.dilation, options.groups}, padding_mode_(options.padding_mode) {
  check(!options.padding.is_same() || options.stride == Size2d(1),
        "Conv2d: padding `same` needs stride 1, given {}; give the padding in pixels", options.stride);
  weight =
      register_parameter("weight", make_weight("Conv2d", out_channels, in_channels, options.groups, kernel_size, rng));
  bias = register_parameter("bias", make_bias(options.bias, out_channels, weight, rng));
}

Tensor Conv2d::forward(const Tensor& input) {
  if (padding_mode_ == PaddingMode::zeros) return conv2d(input, weight, bias, options_);
  check_defined("Conv2d", {{"input", input}});
  check(input.rank() == 3 || input.rank() == 4,
        "Conv2d: input must be N x C x H x W or C x H x W (input {}, weight {})", input.shape(), weight.shape());
  const Size2d kernel(weight.dim(2), weight.dim(3));
  conv2d_output_size({input.dim(-2), input.dim(-1)}, kernel, options_);  // checks the options
  const Tensor padded = pad2d(input, options_.padding.around(kernel, options_.dilation), padding_mode_);
  wisp::Conv2dOptions unpadded = options_;
  unpadded.padding = Conv2dPadding::valid;
  return conv2d(padded, weight, bias, unpadded);
}

ConvTranspose2d::ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size,
                                 const ConvTranspose2dOptions& options, Rng& rng)
    : options_{options.stride, options.padding, options.output_padding, options.groups, options.dilation} {
  weight = register_parameter(
      "weight", make_weight("ConvTranspose2d", in_channels, out_channels, options.groups, kernel_size, rng));
  bias = register_parameter("bias", make_bias(options.bias, out_channels, weight, rng));
}

Tensor ConvTranspose2d::forward(const Tensor& input, const Shape& output_size) {
  const int rank = output_size.rank();
  check(input.rank() == 3 || input.rank() == 4,
        "ConvTranspose2d: input must be N x C x H x W or C x H x W (input {}, weight {})", input.shape(),
        weight.shape());
  check(rank == 2 || rank == input.rank(), "ConvTranspose2d: output_size must have 2 or {} numbers, given {}",
        input.rank(), output_size);
  wisp::ConvTranspose2dOptions options = options_;
  options.output_padding =
      conv_transpose2d_output_padding({input.dim(-2), input.dim(-1)}, {output_size.dim(-2), output_size.dim(-1)},
                                      {weight.dim(2), weight.dim(3)}, options_);
  return conv_transpose2d(input, weight, bias, options);
}

}  // namespace wisp::nn
