#include <algorithm>

#include <apps/tconv/explain/methods.h>

namespace wisp::apps {
namespace {

std::int64_t count(const std::vector<std::int64_t>& list) { return static_cast<std::int64_t>(list.size()); }

// What stands where these rows and columns cross.
Image crossed(const Image& image, const std::vector<std::int64_t>& rows, const std::vector<std::int64_t>& columns) {
  Image part(image.channels, count(rows), count(columns));
  auto value = part.values.begin();
  for (std::int64_t c = 0; c < image.channels; ++c)
    for (const std::int64_t row : rows)
      for (const std::int64_t column : columns) *value++ = image.at(c, row, column);
  return part;
}

// One axis of a phase: the output pixels o with (o + p) mod s = phase and the kernel pixels j with d j mod s = phase,
// which meet at input pixels.
struct AxisPhase {
  AxisPhase(const Axis& of_axis, std::int64_t phase) : axis(of_axis) {
    for (std::int64_t o = 0; o < axis.output(); ++o)
      if ((o + axis.padding) % axis.stride == phase) outputs.push_back(o);
    for (std::int64_t j = 0; j < axis.kernel; ++j)
      if (axis.dilation * j % axis.stride == phase) taps.push_back(j);
  }

  // Where the pixels go: "every 2nd row from row 1". Strides go up to 16.
  std::string places(const char* what) const {
    const std::int64_t s = axis.stride;
    if (s == 1) return fmt::format("every {}", what);
    const char* ending = s == 2 ? "nd" : s == 3 ? "rd" : "th";
    return fmt::format("every {}{} {} from {} {}", s, ending, what, what, outputs[0]);
  }

  Axis axis;
  std::vector<std::int64_t> outputs, taps;
};

// One small convolution: its kernel, its grids, and its place in the whole.
class Phase {
 public:
  Phase(const Problem& problem, std::int64_t row_phase, std::int64_t column_phase)
      : p_(problem),
        name_(fmt::format("phase {}, {}", row_phase, column_phase)),
        rows_(p_.layer.height(), row_phase),
        columns_(p_.layer.width(), column_phase) {}

  // Numbers of the result that are shown when the phase is.
  std::int64_t cells() const {
    return p_.output.channels * std::min(count(rows_.outputs), shown_pixels) *
           std::min(count(columns_.outputs), shown_pixels);
  }
  bool is_empty() const { return rows_.outputs.empty() || columns_.outputs.empty(); }

  void add_grids(Scene& scene) {
    shown_ = true;
    kernel_ =
        add_kernels(scene, fmt::format("Kernel of {}", name_), p_, crossed(p_.kernels(), rows_.taps, columns_.taps));
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
          const auto met_rows = meetings(rows_.axis, row), met_columns = meetings(columns_.axis, column);
          for (std::int64_t c = 0; c < p_.input.channels; ++c)
            for (const auto [a, i] : met_rows)
              for (const auto [b, j] : met_columns) {
                y.at(f, row, column) += p_.input.at(c, i, j) * p_.w(c, f, a, b);
                sum.add(p_.input.at(c, i, j), p_.w(c, f, a, b));
              }
          if (!shown_) continue;
          std::vector<Cells> reads = crossings(input, met_rows, met_columns);
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
    if (!shown_) {
      if (scene.shows(output, 0, rows_.outputs[0], columns_.outputs[0])) scene.skip();
      return;
    }
    scene.step(fmt::format("{}: its pixels go to {} and {} of the output", name_, rows_.places("row"),
                           columns_.places("column")),
               {{result_, Cells::every_channel, 0, 0, count(rows_.outputs), count(columns_.outputs)}}, writes);
  }

  int grid() const { return result_; }
  Image result(const Image& y) const { return crossed(y, rows_.outputs, columns_.outputs); }

 private:
  const Problem& p_;
  std::string name_;
  AxisPhase rows_, columns_;
  bool shown_ = false;
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
  constexpr std::int64_t most_phases = 16, most_cells = 2048;
  std::int64_t shown = 0, cells = 0;
  for (Phase& phase : phases) {
    cells += phase.cells();
    if (shown == most_phases || (shown > 0 && cells > most_cells)) break;
    phase.add_grids(scene);
    ++shown;
  }
  const int output = scene.add_grid("Output", Image(y.channels, y.height, y.width, std::nan("")));
  for (const Phase& phase : phases) {
    phase.run(scene, input, y);
    phase.interleave(scene, output, y);
  }
  std::vector<Image> results;
  for (std::int64_t i = 0; i < shown; ++i) results.push_back(phases[static_cast<std::size_t>(i)].result(y));
  std::vector<Scene::Final> finals = {{output, y}};
  for (std::size_t i = 0; i < results.size(); ++i) finals.push_back({phases[i].grid(), results[i]});
  scene.finish(finals);
  const std::string note =
      shown == std::ssize(phases)
          ? ""
          : fmt::format("Cropped: {} of {} phases are shown, all are computed.", shown, phases.size());
  return {"polyphase", std::move(scene), std::move(y), note};
}

}  // namespace wisp::apps
