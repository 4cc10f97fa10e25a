#include <apps/tconv/explain/page.h>

#include <algorithm>

#include <tconv_page_files.h>

#include <apps/common/page.h>
#include <apps/common/signed_colours.h>
#include <apps/tconv/arithmetic.h>
#include <apps/tconv/explain/code_lines.h>
#include <apps/tconv/explain/methods.h>
#include <apps/tconv/explain/restoration.h>
#include <wisp/io/png.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/convolution_matrix.h>
#include <wisp/ops/shape.h>

namespace wisp::apps {
namespace {

using nlohmann::json;

json methods_json(const Problem& p) {
  json data;
  for (const auto& method : {stamping, gathering, matrix, polyphase, gradient}) {
    const Method m = method(p);
    data[m.name] = m.scene.json();
    data[m.name]["distance"] = number(distance(m.result, p.output));
    data[m.name]["note"] = m.note;
  }
  return data;
}

Image hit_counts(const Layer& layer) {
  const std::vector<std::int64_t> rows = hits(layer.height()), columns = hits(layer.width());
  Image image(1, std::ssize(rows), std::ssize(columns));
  auto value = image.values.begin();
  for (const std::int64_t row : rows)
    for (const std::int64_t column : columns) *value++ = static_cast<double>(row * column);
  return image;
}

json restoration_json(const Restoration& r) {
  Scene scene;
  scene.add_grid("x: the output", r.before);
  scene.add_grid("conv2d(x) = C x", r.between);
  scene.add_grid("conv_transpose2d of that = C\u1d40C x", r.after);
  scene.add_grid("The difference C\u1d40C x \u2212 x", Image(r.after.tensor() - r.before.tensor()));
  json data = scene.json();
  data["verdict"] = r.verdict();
  return data;
}

// A note where the picture shows only some of the matrix.
std::string matrix_note(const Tensor& shown, const Tensor& whole) {
  if (shown.shape() == whole.shape()) return "";
  return fmt::format("the first {} \u00d7 {} of {} \u00d7 {} entries", shown.dim(0), shown.dim(1), whole.dim(0),
                     whole.dim(1));
}

std::string channels_note(std::int64_t channels) {
  return channels <= shown_channels ? "" : fmt::format("the first {} of {} channels", shown_channels, channels);
}

// The channels side by side, every number a square of pixels.
Tensor picture_of(const Image& image) {
  const Tensor maps = image.tensor();
  const Tensor grid = make_grid(signed_colours(maps, largest_magnitude(maps)),
                                {.nrow = static_cast<int>(image.channels), .padding = 1, .pad_value = 0.5});
  const std::int64_t height = grid.dim(0), width = grid.dim(1);
  const std::int64_t side = std::clamp<std::int64_t>(480 / std::max(height, width), 1, 24);
  return broadcast_to(grid.reshape({height, 1, width, 1, 3}), {height, side, width, side, 3})
      .reshape({height * side, width * side, 3});
}

}  // namespace

std::vector<std::string> explanation_files() {
  return {"index.html", "input.png", "output.png", "overlap.png", "matrix.png"};
}

void write_explanation(const std::string& folder, const Problem& p, const std::string& about) {
  const Image counts = hit_counts(p.layer);
  Scene overlap_scene;
  overlap_scene.add_grid("Contributions per output pixel", counts);
  Scene output_scene;
  output_scene.add_grid("Output", p.output);
  constexpr std::int64_t most = 512;
  const Tensor matrix = convolution_matrix(p.weight, {p.output.height, p.output.width}, p.layer.conv2d());
  const Tensor shown_matrix =
      matrix.narrow(0, 0, std::min(matrix.dim(0), most)).narrow(1, 0, std::min(matrix.dim(1), most));
  const auto keep = [&](const char* name, const Image& image) {
    return keep_picture(fmt::format("{}/{}.png", folder, name), picture_of(image));
  };
  const std::string title = fmt::format("{}: {} \u2192 {}", python_line(p).substr(9), p.layer.input, p.layer.output());
  write_page(folder + "/index.html",
             {.title = "Transposed convolution " + title,
              .body = embedded::explain_html,
              .style = embedded::explain_css,
              .script = embedded::explain_js,
              .data = {{"title", title},
                       {"about", about},
                       {"arithmetic", arithmetic_lines(p.layer)},
                       {"methods", methods_json(p)},
                       {"output", output_scene.json().at("grids").at(0)},
                       {"overlap", overlap_scene.json()},
                       {"restoration", restoration_json(restore(p))},
                       {"code", {{"cpp", cpp_line(p)}, {"python", python_line(p)}}},
                       {"pictures",
                        {{"input", keep("input", p.input.part(shown_channels, p.input.height, p.input.width))},
                         {"output", keep("output", p.output)},
                         {"overlap", keep("overlap", counts)},
                         {"matrix",
                          keep("matrix", Image(shown_matrix.reshape({1, shown_matrix.dim(0), shown_matrix.dim(1)})))}}},
                       {"notes",
                        {{"input", channels_note(p.input.channels)},
                         {"output", channels_note(p.out_channels)},
                         {"matrix", matrix_note(shown_matrix, matrix)}}}},
              .pictures = explanation_files()});
}

}  // namespace wisp::apps
