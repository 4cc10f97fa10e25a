#include <apps/tconv/explain/methods.h>
#include <wisp/ops/convolution_matrix.h>

namespace wisp::apps {

Method matrix(const Problem& p) {
  const Size2d big(p.output.height, p.output.width);
  // Rows of the convolution's matrix belong to the pixels of its result, which may be larger than the input: an
  // output_padding beyond the stride has room for more.
  const Size2d small = conv2d_output_size(big, p.layer.kernel, p.layer.conv2d());
  const std::vector<double> entries = convolution_matrix(p.weight, big, p.layer.conv2d()).values<double>();
  const std::int64_t cells = p.input.channels * p.input.height * p.input.width;
  const std::int64_t pixels = p.output.channels * big.height * big.width;
  Image transposed(1, pixels, cells);
  for (std::int64_t c = 0, at = 0; c < p.input.channels; ++c)
    for (std::int64_t i = 0; i < p.input.height; ++i)
      for (std::int64_t j = 0; j < p.input.width; ++j, ++at) {
        const std::int64_t row = (c * small.height + i) * small.width + j;
        for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
          transposed.at(0, pixel, at) = entries[static_cast<std::size_t>(row * pixels + pixel)];
      }

  Image y(p.output.channels, big.height, big.width);
  const Image blank(y.channels, y.height, y.width, std::nan(""));
  Image column = p.input;
  column.channels = 1, column.height = cells, column.width = 1;
  Scene scene;
  const int output = scene.add_grid("Output", blank);
  const int table = scene.add_grid("C transposed", transposed, {.channels = 1, .rows = 200, .columns = 64});
  const int input = scene.add_grid("Input, flattened", column, {.channels = 1, .rows = 64, .columns = 1});
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    SumText sum;
    double value = 0;
    for (std::int64_t at = 0; at < cells; ++at) {
      const double w = transposed.at(0, pixel, at), x = column.at(0, at, 0);
      value += w * x;
      if (w != 0) sum.add(w, x);
    }
    y.values[static_cast<std::size_t>(pixel)] = value;
    const std::int64_t f = pixel / (y.height * y.width), row = pixel / y.width % y.height, j = pixel % y.width;
    scene.step(sum.text(), {{table, 0, pixel, 0, 1, cells}, {input, 0, 0, 0, cells, 1}}, {{output, f, row, j, value}});
  }
  scene.finish(output, y);
  return {"matrix", std::move(scene), std::move(y)};
}

}  // namespace wisp::apps
