#include <algorithm>

#include <apps/tconv/explain/methods.h>
#include <wisp/ops/convolution_matrix.h>

namespace wisp::apps {

Method matrix(const Problem& p) {
  const Size2d big(p.output.height, p.output.width);
  // Rows of the convolution's matrix belong to the pixels of its result, which may be larger than the input: an
  // output_padding beyond the stride has room for more.
  const Size2d small = conv2d_output_size(big, p.layer.kernel, p.layer.conv2d());
  const Tensor c = convolution_matrix(p.weight, big, p.layer.conv2d());
  const std::int64_t cells = p.input.channels * p.input.height * p.input.width;
  const std::int64_t pixels = p.output.channels * big.height * big.width;
  // The entry of C transposed for an output pixel and an input cell.
  const auto entry = [&, entries = c.data<double>()](std::int64_t pixel, std::int64_t cell) {
    const std::int64_t row = cell / p.input.width, channel = row / p.input.height;
    return entries[((channel * small.height + row % p.input.height) * small.width + cell % p.input.width) * pixels +
                   pixel];
  };
  const std::int64_t columns = std::min<std::int64_t>(cells, 64);
  Image part(1, std::min(pixels, 7200 / columns), columns);
  for (std::int64_t pixel = 0; pixel < part.height; ++pixel)
    for (std::int64_t cell = 0; cell < part.width; ++cell) part.at(0, pixel, cell) = entry(pixel, cell);

  Image y(p.output.channels, big.height, big.width);
  const Image blank(y.channels, y.height, y.width, std::nan(""));
  Image column = p.input;
  column.channels = 1, column.height = cells, column.width = 1;
  Scene scene;
  const int output = scene.add_grid("Output", blank);
  const int table = scene.add_grid("C transposed", Extent{1, pixels, cells}, part);
  const int input = scene.add_grid("Input, flattened", column, {.channels = 1, .rows = part.width, .columns = 1});
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    SumText sum;
    double value = 0;
    for (std::int64_t at = 0; at < cells; ++at) {
      const double w = entry(pixel, at), x = column.at(0, at, 0);
      value += w * x;
      if (w != 0) sum.add(w, x);
    }
    y.values[static_cast<std::size_t>(pixel)] = value;
    const std::int64_t f = pixel / (y.height * y.width), row = pixel / y.width % y.height, j = pixel % y.width;
    scene.step(sum.text(), {{table, 0, pixel, 0, 1, part.width}, {input, 0, 0, 0, part.width, 1}},
               {{output, f, row, j, value}});
  }
  scene.finish({{output, y}});
  return {"matrix", std::move(scene), std::move(y)};
}

}  // namespace wisp::apps
