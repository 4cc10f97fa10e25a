#include <apps/tconv/explain/methods.h>

namespace wisp::apps {
namespace {

// The input pixel that kernel pixel j takes output pixel o to, or -1: o = i s - p + d j.
std::int64_t reached(std::int64_t o, std::int64_t j, std::int64_t stride, std::int64_t padding, std::int64_t dilation,
                     std::int64_t input) {
  const std::int64_t from = o + padding - dilation * j;
  return from >= 0 && from % stride == 0 && from / stride < input ? from / stride : -1;
}

}  // namespace

Method gradient(const Problem& p) {
  const ConvTranspose2dOptions& o = p.layer.options;
  Image g(p.output.channels, p.output.height, p.output.width);
  Scene scene;
  const int pixel = scene.add_grid("x: one pixel is 1", g);
  const int moved = scene.add_grid("conv2d(x, weight)", Image(p.input.channels, p.input.height, p.input.width));
  const int input = scene.add_grid("Input: the gradient that arrives", p.input);
  const int output = scene.add_grid("Gradient in x", Image(g.channels, g.height, g.width, std::nan("")));

  std::vector<Write> undo;  // what the step before has changed and the next puts back
  for (std::int64_t f = 0; f < g.channels; ++f)
    for (std::int64_t row = 0; row < g.height; ++row)
      for (std::int64_t column = 0; column < g.width; ++column) {
        std::vector<Write> writes = {{pixel, f, row, column, 1}}, after = {{pixel, f, row, column, 0}};
        std::vector<Cells> reads;
        SumText sum;
        for (std::int64_t c = 0; c < p.input.channels; ++c)
          for (std::int64_t a = 0; a < p.layer.kernel.height; ++a)
            for (std::int64_t b = 0; b < p.layer.kernel.width; ++b) {
              const std::int64_t i =
                  reached(row, a, o.stride.height, o.padding.height, o.dilation.height, p.input.height);
              const std::int64_t j =
                  reached(column, b, o.stride.width, o.padding.width, o.dilation.width, p.input.width);
              if (i < 0 || j < 0) continue;
              // The convolution of a single 1 has this weight at (c, i, j).
              g.at(f, row, column) += p.w(c, f, a, b) * p.input.at(c, i, j);
              sum.add(p.w(c, f, a, b), p.input.at(c, i, j));
              if (!scene.shows(moved, c, i, j)) continue;
              writes.push_back({moved, c, i, j, p.w(c, f, a, b)});
              after.push_back({moved, c, i, j, 0});
              reads.push_back({input, c, i, j});
            }
        writes.push_back({output, f, row, column, g.at(f, row, column)});
        if (!scene.shows(output, f, row, column)) continue;
        undo.insert(undo.end(), writes.begin(), writes.end());
        scene.step(sum.text(), reads, undo);
        undo = after;
      }
  scene.finish(output, g);
  return {"gradient", std::move(scene), std::move(g)};
}

}  // namespace wisp::apps
