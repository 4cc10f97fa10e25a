#include <apps/tconv/explain/methods.h>

namespace wisp::apps {
Method gradient(const Problem& p) {
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
        const auto rows = meetings(p.layer.height(), row), columns = meetings(p.layer.width(), column);
        SumText sum;
        for (std::int64_t c = 0; c < p.input.channels; ++c)
          for (const auto [a, i] : rows)
            for (const auto [b, j] : columns) {
              // The convolution of a single 1 has this weight at (c, i, j).
              g.at(f, row, column) += p.w(c, f, a, b) * p.input.at(c, i, j);
              sum.add(p.w(c, f, a, b), p.input.at(c, i, j));
              writes.push_back({moved, c, i, j, p.w(c, f, a, b)});
              after.push_back({moved, c, i, j, 0});
            }
        writes.push_back({output, f, row, column, g.at(f, row, column)});
        if (!scene.shows(output, f, row, column)) continue;
        undo.insert(undo.end(), writes.begin(), writes.end());
        scene.step(sum.text(), crossings(input, rows, columns), undo);
        undo = after;
      }
  const Image still(g.channels, g.height, g.width);
  const Image unmoved(p.input.channels, p.input.height, p.input.width);
  scene.finish({{pixel, still}, {moved, unmoved}, {output, g}});
  return {"gradient", std::move(scene), std::move(g)};
}

}  // namespace wisp::apps
