#include <algorithm>

#include <apps/tconv/explain/axis_phase.h>
#include <apps/tconv/explain/methods.h>

namespace wisp::apps {
namespace {

std::int64_t count(const std::vector<std::int64_t>& list) { return static_cast<std::int64_t>(list.size()); }

// One small convolution: its kernel, its grids, and its place in the whole.
class Phase {
 public:
  Phase(const Problem& problem, std::int64_t row_phase, std::int64_t column_phase)
      : p_(problem),
        name_(fmt::format("phase {}, {}", row_phase, column_phase)),
        rows_(axis_phase(row_phase, p_.input.height, p_.output.height, p_.layer.kernel.height, o_.stride.height,
                         o_.padding.height, o_.dilation.height)),
        columns_(axis_phase(column_phase, p_.input.width, p_.output.width, p_.layer.kernel.width, o_.stride.width,
                            o_.padding.width, o_.dilation.width)) {}

  // Numbers of the result that are shown when the phase is.
  std::int64_t cells() const {
    return p_.output.channels * std::min(count(rows_.outputs), shown_pixels) *
           std::min(count(columns_.outputs), shown_pixels);
  }
  bool is_empty() const { return rows_.outputs.empty() || columns_.outputs.empty(); }

  void add_grids(Scene& scene) {
    shown_ = true;
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
          for (std::int64_t c = 0; c < p_.input.channels; ++c)
            for (const std::int64_t a : rows_.taps)
              for (const std::int64_t b : columns_.taps) {
                const std::int64_t i = rows_.met(row, a), j = columns_.met(column, b);
                if (i < 0 || j < 0) continue;
                y.at(f, row, column) += p_.input.at(c, i, j) * p_.w(c, f, a, b);
                sum.add(p_.input.at(c, i, j), p_.w(c, f, a, b));
              }
          if (!shown_) continue;
          std::vector<Cells> reads;
          if (const auto met_rows = rows_.all_met(row), met_columns = columns_.all_met(column);
              !met_rows.empty() && !met_columns.empty())
            reads.push_back(crossings(input, Cells::every_channel, met_rows, met_columns));
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
    scene.step(fmt::format("{}: its pixels go to {} and {} of the output", name_,
                           places(o_.stride.height, "row", rows_.outputs[0]),
                           places(o_.stride.width, "column", columns_.outputs[0])),
               {{result_, Cells::every_channel, 0, 0, count(rows_.outputs), count(columns_.outputs)}}, writes);
  }

  int grid() const { return result_; }
  Image result(const Image& y) const {
    Image image(y.channels, count(rows_.outputs), count(columns_.outputs));
    auto value = image.values.begin();
    for (std::int64_t f = 0; f < y.channels; ++f)
      for (const std::int64_t row : rows_.outputs)
        for (const std::int64_t column : columns_.outputs) *value++ = y.at(f, row, column);
    return image;
  }

 private:
  const Problem& p_;
  const ConvTranspose2dOptions& o_ = p_.layer.options;
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
