#include <apps/tconv/explain/methods.h>

namespace wisp::apps {
namespace {

// Where a kernel pixel takes an output pixel to on one axis of the input.
struct Meeting {
  std::int64_t tap;
  std::int64_t input;
};

// All input pixels i and kernel pixels j that meet at output pixel o: o = i s - p + d j.
std::vector<Meeting> meetings(std::int64_t o, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                              std::int64_t dilation, std::int64_t input) {
  std::vector<Meeting> found;
  for (std::int64_t j = 0; j < kernel; ++j)
    if (const std::int64_t from = o + padding - dilation * j; from >= 0 && from % stride == 0 && from / stride < input)
      found.push_back({j, from / stride});
  return found;
}

std::vector<std::int64_t> inputs(const std::vector<Meeting>& meetings) {
  std::vector<std::int64_t> list;
  for (const Meeting& m : meetings) list.push_back(m.input);
  return list;
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
        const auto rows =
            meetings(row, p.layer.kernel.height, o.stride.height, o.padding.height, o.dilation.height, p.input.height);
        const auto columns =
            meetings(column, p.layer.kernel.width, o.stride.width, o.padding.width, o.dilation.width, p.input.width);
        SumText sum;
        for (std::int64_t c = 0; c < p.input.channels; ++c)
          for (const auto [a, i] : rows)
            for (const auto [b, j] : columns) {
              // The convolution of a single 1 has this weight at (c, i, j).
              g.at(f, row, column) += p.w(c, f, a, b) * p.input.at(c, i, j);
              sum.add(p.w(c, f, a, b), p.input.at(c, i, j));
              if (!scene.shows(moved, c, i, j)) continue;
              writes.push_back({moved, c, i, j, p.w(c, f, a, b)});
              after.push_back({moved, c, i, j, 0});
            }
        std::vector<Cells> reads;
        if (!rows.empty() && !columns.empty())
          reads.push_back(crossings(input, Cells::every_channel, inputs(rows), inputs(columns)));
        writes.push_back({output, f, row, column, g.at(f, row, column)});
        if (!scene.shows(output, f, row, column)) continue;
        undo.insert(undo.end(), writes.begin(), writes.end());
        scene.step(sum.text(), reads, undo);
        undo = after;
      }
  const Image still(g.channels, g.height, g.width);
  const Image unmoved(p.input.channels, p.input.height, p.input.width);
  scene.finish({{pixel, still}, {moved, unmoved}, {output, g}});
  return {"gradient", std::move(scene), std::move(g)};
}

}  // namespace wisp::apps
