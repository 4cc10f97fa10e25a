#include <apps/tconv/explain/methods.h>
#include <apps/tconv/explain/numbers.h>

namespace wisp::apps {

Method stamping(const Problem& p) {
  const ConvTranspose2dOptions& o = p.layer.options;
  Image y(p.output.channels, p.output.height, p.output.width);
  Scene scene;
  const int input = scene.add_grid("Input", p.input);
  const int kernel = add_kernels(scene, "Kernel", p, p.kernels());
  const int output = scene.add_grid("Output", y);

  for (std::int64_t c = 0; c < p.input.channels; ++c)
    for (std::int64_t i = 0; i < p.input.height; ++i)
      for (std::int64_t j = 0; j < p.input.width; ++j) {
        const double x = p.input.at(c, i, j);
        std::vector<Cells> reads = {{input, c, i, j}};
        std::vector<Write> writes;
        const bool shown = scene.shows(input, c, i, j);
        bool seen = false;  // on a shown pixel
        for (std::int64_t f = 0; f < y.channels; ++f) {
          reads.push_back({kernel, c * y.channels + f, 0, 0, p.layer.kernel.height, p.layer.kernel.width});
          for (std::int64_t a = 0; a < p.layer.kernel.height; ++a)
            for (std::int64_t b = 0; b < p.layer.kernel.width; ++b) {
              const std::int64_t row = i * o.stride.height - o.padding.height + a * o.dilation.height;
              const std::int64_t column = j * o.stride.width - o.padding.width + b * o.dilation.width;
              if (row < 0 || row >= y.height || column < 0 || column >= y.width) continue;  // cut off by the padding
              const double product = x * p.w(c, f, a, b);
              y.at(f, row, column) += product;
              if (!scene.shows(output, f, row, column)) continue;
              seen = true;
              if (shown) writes.push_back({output, f, row, column, scene.value(output, f, row, column) + product});
            }
        }
        if (shown)
          scene.step(fmt::format("{} times the kernel, added at row {}, column {}", number_text(x),
                                 i * o.stride.height - o.padding.height, j * o.stride.width - o.padding.width),
                     reads, writes);
        else if (seen)
          scene.skip();
      }
  scene.finish({{output, y}});
  return {"stamping", std::move(scene), std::move(y)};
}

}  // namespace wisp::apps
