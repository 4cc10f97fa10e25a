#include <apps/tconv/explain/methods.h>

namespace wisp::apps {
namespace {

// The input with zeros between and around its pixels.
Image spread_out(const Problem& p) {
  const ConvTranspose2dOptions& o = p.layer.options;
  const Size2d reach(o.dilation.height * (p.layer.kernel.height - 1), o.dilation.width * (p.layer.kernel.width - 1));
  Image wide(p.input.channels, p.output.height + reach.height, p.output.width + reach.width);
  for (std::int64_t c = 0; c < p.input.channels; ++c)
    for (std::int64_t i = 0; i < p.input.height; ++i)
      for (std::int64_t j = 0; j < p.input.width; ++j) {
        const std::int64_t row = reach.height - o.padding.height + i * o.stride.height;
        const std::int64_t column = reach.width - o.padding.width + j * o.stride.width;
        // Where the padding is negative, pixels fall away.
        if (row >= 0 && row < wide.height && column >= 0 && column < wide.width)
          wide.at(c, row, column) = p.input.at(c, i, j);
      }
  return wide;
}

Image flipped(const Image& kernels) {
  Image result = kernels;
  for (std::int64_t c = 0; c < kernels.channels; ++c)
    for (std::int64_t a = 0; a < kernels.height; ++a)
      for (std::int64_t b = 0; b < kernels.width; ++b)
        result.at(c, a, b) = kernels.at(c, kernels.height - 1 - a, kernels.width - 1 - b);
  return result;
}

}  // namespace

Method gathering(const Problem& p) {
  const Size2d dilation = p.layer.options.dilation, k = p.layer.kernel;
  const Image wide = spread_out(p);
  Image y(p.output.channels, p.output.height, p.output.width);
  Scene scene;
  const Extent limits{.rows = 2 * shown_pixels, .columns = 2 * shown_pixels};
  const int spread = scene.add_grid("Input, zeros inserted and padded", wide, limits);
  const int kernel = add_kernels(scene, "Flipped kernel", p, flipped(p.kernels()));
  const int output = scene.add_grid("Output", Image(y.channels, y.height, y.width, std::nan("")));

  for (std::int64_t f = 0; f < y.channels; ++f)
    for (std::int64_t i = 0; i < y.height; ++i)
      for (std::int64_t j = 0; j < y.width; ++j) {
        SumText sum;
        for (std::int64_t c = 0; c < p.input.channels; ++c)
          for (std::int64_t a = 0; a < k.height; ++a)
            for (std::int64_t b = 0; b < k.width; ++b) {
              const double x = wide.at(c, i + a * dilation.height, j + b * dilation.width);
              const double w = p.w(c, f, k.height - 1 - a, k.width - 1 - b);
              y.at(f, i, j) += x * w;
              if (x != 0) sum.add(x, w);
            }
        std::vector<Cells> reads = {
            {spread, Cells::every_channel, i, j, k.height, k.width, dilation.height, dilation.width}};
        for (std::int64_t c = 0; c < p.input.channels; ++c)
          reads.push_back({kernel, c * y.channels + f, 0, 0, k.height, k.width});
        reads.resize(static_cast<std::size_t>(std::min(p.input.channels, shown_channels)) + 1);
        scene.step(sum.text(), reads, {{output, f, i, j, y.at(f, i, j)}});
      }
  scene.finish({{output, y}});
  return {"gathering", std::move(scene), std::move(y)};
}

}  // namespace wisp::apps
