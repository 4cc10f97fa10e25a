#include <apps/tconv/explain/page.h>

#include <algorithm>
#include <map>

#include <tconv_page_files.h>

#include <apps/common/output_folder.h>
#include <apps/common/page.h>
#include <apps/common/signed_colours.h>
#include <apps/tconv/arithmetic.h>
#include <apps/tconv/arithmetic_lines.h>
#include <apps/tconv/explain/code_lines.h>
#include <apps/tconv/explain/methods.h>
#include <apps/tconv/explain/restoration.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/png.h>
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

Image hit_counts(const Layer& l, Size2d output) {
  const ConvTranspose2dOptions& o = l.options;
  const auto rows =
      hits(l.input.height, output.height, l.kernel.height, o.stride.height, o.padding.height, o.dilation.height);
  const auto columns =
      hits(l.input.width, output.width, l.kernel.width, o.stride.width, o.padding.width, o.dilation.width);
  Image image(1, output.height, output.width);
  for (std::int64_t i = 0; i < image.height; ++i)
    for (std::int64_t j = 0; j < image.width; ++j)
      image.at(0, i, j) = static_cast<double>(rows[static_cast<std::size_t>(i)] * columns[static_cast<std::size_t>(j)]);
  return image;
}

json restoration_json(const Restoration& r) {
  Image difference = r.after;
  for (std::size_t i = 0; i < difference.values.size(); ++i) difference.values[i] -= r.before.values[i];
  Scene scene;
  scene.add_grid("x: the output", r.before);
  scene.add_grid("conv2d(x) = C x", r.between);
  scene.add_grid("conv_transpose2d of that = C\u1d40C x", r.after);
  scene.add_grid("The difference C\u1d40C x \u2212 x", difference);
  json data = scene.json();
  data["verdict"] = r.verdict();
  return data;
}

// The first channels, so that a picture stays a picture.
Image first_channels(const Image& image) {
  Image part(std::min(image.channels, shown_channels), image.height, image.width);
  std::copy_n(image.values.begin(), part.values.size(), part.values.begin());
  return part;
}

// At most 512 x 512 entries of C, and a note that says so.
struct MatrixPicture {
  Image image;
  std::string note;
};

MatrixPicture matrix_picture(const Problem& p) {
  constexpr std::int64_t most = 512;
  const Tensor c = convolution_matrix(p.weight, {p.output.height, p.output.width}, p.layer.conv2d());
  const std::int64_t rows = std::min(c.dim(0), most), columns = std::min(c.dim(1), most);
  return {Image(c.narrow(0, 0, rows).narrow(1, 0, columns).reshape({1, rows, columns})),
          rows == c.dim(0) && columns == c.dim(1)
              ? ""
              : fmt::format("the first {} \u00d7 {} of {} \u00d7 {} entries", rows, columns, c.dim(0), c.dim(1))};
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
  const Image counts = hit_counts(p.layer, p.layer.output());
  Scene overlap_scene;
  overlap_scene.add_grid("Contributions per output pixel", counts);
  Scene output_scene;
  output_scene.add_grid("Output", p.output);
  const MatrixPicture matrix = matrix_picture(p);
  const std::map<std::string, std::vector<std::byte>> pictures = {
      {"input", encode_png(picture_of(first_channels(p.input)))},
      {"output", encode_png(picture_of(p.output))},
      {"overlap", encode_png(picture_of(counts))},
      {"matrix", encode_png(picture_of(matrix.image))}};
  json addresses;
  for (const auto& [name, png] : pictures) addresses[name] = png_address(png);

  const json data = {
      {"title", fmt::format("{}: {} \u2192 {}", python_line(p).substr(9), p.layer.input, p.layer.output())},
      {"about", about},
      {"arithmetic", arithmetic_lines(p.layer)},
      {"methods", methods_json(p)},
      {"output", output_scene.json().at("grids").at(0)},
      {"overlap", overlap_scene.json()},
      {"restoration", restoration_json(restore(p))},
      {"code", {{"cpp", cpp_line(p)}, {"python", python_line(p)}}},
      {"pictures", addresses},
      {"notes",
       {{"input", channels_note(p.input.channels)},
        {"output", channels_note(p.out_channels)},
        {"matrix", matrix.note}}}};
  const std::string page =
      render({.title = fmt::format("Transposed convolution {}", data.at("title").get<std::string>()),
              .body = embedded::explain_html,
              .style = embedded::explain_css,
              .script = embedded::explain_js,
              .data = data,
              .pictures = explanation_files()});

  make_folder(folder);
  for (const auto& [name, png] : pictures) write_file_atomically(folder + "/" + name + ".png", png);
  write_file_atomically(folder + "/index.html", std::as_bytes(std::span(page)));
}

}  // namespace wisp::apps
