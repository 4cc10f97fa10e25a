#include <apps/tconv/explain/methods.h>

namespace wisp::apps {
namespace {

// One axis of one phase: the output pixels o with (o + p) mod s = phase and the kernel pixels j with d j mod s = phase.
struct AxisPhase {
  std::vector<std::int64_t> outputs;
  std::vector<std::int64_t> taps;
};

AxisPhase axis_phase(std::int64_t phase, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                     std::int64_t padding, std::int64_t dilation) {
  AxisPhase result;
  for (std::int64_t o = 0; o < output; ++o)
    if ((o + padding) % stride == phase) result.outputs.push_back(o);
  for (std::int64_t j = 0; j < kernel; ++j)
    if (dilation * j % stride == phase) result.taps.push_back(j);
  return result;
}

std::int64_t count(const std::vector<std::int64_t>& list) { return static_cast<std::int64_t>(list.size()); }

// One small convolution: its kernel, its grids, and its place in the whole.
class Phase {
 public:
  Phase(const Problem& problem, std::int64_t row_phase, std::int64_t column_phase)
      : p_(problem),
        name_(fmt::format("phase {}, {}", row_phase, column_phase)),
        rows_(axis_phase(row_phase, p_.output.height, p_.layer.kernel.height, o_.stride.height, o_.padding.height,
                         o_.dilation.height)),
        columns_(axis_phase(column_phase, p_.output.width, p_.layer.kernel.width, o_.stride.width, o_.padding.width,
                            o_.dilation.width)) {}

  bool is_empty() const { return rows_.outputs.empty() || columns_.outputs.empty(); }

  void add_grids(Scene& scene) {
    const Image all = p_.kernels();
    Image kernels(all.channels, count(rows_.taps), count(columns_.taps));
    for (std::int64_t c = 0; c < all.channels; ++c)
      for (std::int64_t a = 0; a < kernels.height; ++a)
        for (std::int64_t b = 0; b < kernels.width; ++b)
          kernels.at(c, a, b) =
              all.at(c, rows_.taps[static_cast<std::size_t>(a)], columns_.taps[static_cast<std::size_t>(b)]);
    kernel_ = add_kernels(scene, fmt::format("Kernel of {}", name_), p_, kernels);
    result_ = scene.add_grid(fmt::format("Result of {}", name_),
                             Image(p_.output.channels, count(rows_.outputs), count(columns_.outputs), std::nan("")));
  }

  // The small convolution, every pixel written to its place in y.
  void run(Scene& scene, int input, Image& y) const {
    for (std::int64_t f = 0; f < y.channels; ++f)
      for (std::int64_t m = 0; m < count(rows_.outputs); ++m)
        for (std::int64_t n = 0; n < count(columns_.outputs); ++n) {
          const std::int64_t row = rows_.outputs[static_cast<std::size_t>(m)];
          const std::int64_t column = columns_.outputs[static_cast<std::size_t>(n)];
          SumText sum;
          std::vector<Cells> reads;
          for (std::int64_t c = 0; c < p_.input.channels; ++c)
            for (const std::int64_t a : rows_.taps)
              for (const std::int64_t b : columns_.taps) {
                const std::int64_t i = (row + o_.padding.height - a * o_.dilation.height) / o_.stride.height;
                const std::int64_t j = (column + o_.padding.width - b * o_.dilation.width) / o_.stride.width;
                // The division is exact; below zero and beyond the image there is nothing.
                if (i < 0 || i >= p_.input.height || j < 0 || j >= p_.input.width) continue;
                y.at(f, row, column) += p_.input.at(c, i, j) * p_.w(c, f, a, b);
                sum.add(p_.input.at(c, i, j), p_.w(c, f, a, b));
                if (c == 0) reads.push_back({input, Cells::every_channel, i, j});
              }
          for (std::int64_t c = 0; c < std::min(p_.input.channels, shown_channels); ++c)
            reads.push_back({kernel_, c * y.channels + f, 0, 0, count(rows_.taps), count(columns_.taps)});
          scene.step(fmt::format("{}: {}", name_, sum.text()), reads, {{result_, f, m, n, y.at(f, row, column)}});
        }
  }

  void interleave(Scene& scene, int output, const Image& y) const {
    std::vector<Write> writes;
    for (std::int64_t f = 0; f < y.channels; ++f)
      for (const std::int64_t row : rows_.outputs)
        for (const std::int64_t column : columns_.outputs)
          writes.push_back({output, f, row, column, y.at(f, row, column)});
    scene.step(fmt::format("{}: its pixels go to every {} pixels of the output", name_, o_.stride),
               {{result_, Cells::every_channel, 0, 0, count(rows_.outputs), count(columns_.outputs)}}, writes);
  }

 private:
  const Problem& p_;
  const ConvTranspose2dOptions& o_ = p_.layer.options;
  std::string name_;
  AxisPhase rows_, columns_;
  int kernel_ = 0;
  int result_ = 0;
};

}  // namespace

Method polyphase(const Problem& p) {
  Image y(p.output.channels, p.output.height, p.output.width);
  Scene scene;
  const int input = scene.add_grid("Input", p.input);
  std::vector<Phase> phases;
  for (std::int64_t row = 0; row < p.layer.options.stride.height; ++row)
    for (std::int64_t column = 0; column < p.layer.options.stride.width; ++column) {
      Phase phase(p, row, column);
      if (!phase.is_empty()) phases.push_back(phase);
    }
  for (Phase& phase : phases) phase.add_grids(scene);
  const int output = scene.add_grid("Output", Image(y.channels, y.height, y.width, std::nan("")));
  for (const Phase& phase : phases) phase.run(scene, input, y);
  for (const Phase& phase : phases) phase.interleave(scene, output, y);
  scene.finish(output, y);
  return {"polyphase", std::move(scene), std::move(y)};
}

}  // namespace wisp::apps
