#include <wisp/nn/conv2d.h>

#include <wisp/nn/init.h>

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
    : options_{options.stride, options.padding, options.dilation, options.groups} {
  weight =
      register_parameter("weight", make_weight("Conv2d", out_channels, in_channels, options.groups, kernel_size, rng));
  bias = register_parameter("bias", make_bias(options.bias, out_channels, weight, rng));
}

ConvTranspose2d::ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size,
                                 const ConvTranspose2dOptions& options, Rng& rng)
    : options_{options.stride, options.padding, options.output_padding, options.groups, options.dilation} {
  weight = register_parameter(
      "weight", make_weight("ConvTranspose2d", in_channels, out_channels, options.groups, kernel_size, rng));
  bias = register_parameter("bias", make_bias(options.bias, out_channels, weight, rng));
}

}  // namespace wisp::nn
