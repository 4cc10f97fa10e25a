#include <apps/tconv/explain/page.h>

#include <algorithm>
#include <functional>

#include <tconv_page_files.h>

#include <apps/common/output_folder.h>
#include <apps/common/page.h>
#include <apps/tconv/arithmetic.h>
#include <apps/tconv/explain/methods.h>
#include <apps/tconv/explain/restoration.h>
#include <apps/tconv/signed_colours.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/png.h>
#include <wisp/ops/convolution_matrix.h>
#include <wisp/ops/shape.h>

namespace wisp::apps {
namespace {

using nlohmann::json;

std::string size_text(Size2d size) {
  return size.height == size.width ? fmt::format("{}", size.height) : fmt::format("({}, {})", size.height, size.width);
}

std::string size_braces(Size2d size) {
  return size.height == size.width ? fmt::format("{}", size.height)
                                   : fmt::format("{{{}, {}}}", size.height, size.width);
}

// The options that are not the default, each as `before` + name + " = " or "=" + value.
std::string options_text(const Layer& layer, const std::string& before, const std::string& equals,
                         const std::function<std::string(Size2d)>& text) {
  const ConvTranspose2dOptions& o = layer.options;
  std::string result;
  const auto add = [&](const char* name, Size2d value, std::int64_t standard) {
    if (value != Size2d(standard)) result += ", " + before + name + equals + text(value);
  };
  add("stride", o.stride, 1);
  add("padding", o.padding, 0);
  add("output_padding", o.output_padding, 0);
  result += ", " + before + "bias" + equals + (before.empty() ? "False" : "false");
  add("dilation", o.dilation, 1);
  return result;
}

std::string python_line(const Problem& p) {
  return fmt::format("torch.nn.ConvTranspose2d({}, {}, {}{})", p.input.channels, p.out_channels,
                     size_text(p.layer.kernel), options_text(p.layer, "", "=", size_text));
}

std::string cpp_line(const Problem& p) {
  return fmt::format("wisp::nn::ConvTranspose2d({}, {}, {}, {{{}}}, rng)", p.input.channels, p.out_channels,
                     size_braces(p.layer.kernel), options_text(p.layer, ".", " = ", size_braces).substr(2));
}

json scene_json(const Scene& scene, const Problem& p, const Image& result) {
  json data = scene.json();
  data["distance"] = number(distance(result, p.output));
  return data;
}

json methods_json(const Problem& p) {
  json data;
  for (const auto& method : {stamping, gathering, matrix, polyphase, gradient}) {
    const Method m = method(p);
    data[m.name] = scene_json(m.scene, p, m.result);
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
  scene.add_grid("x", r.before);
  scene.add_grid("conv2d(x): C x", r.between);
  scene.add_grid("conv_transpose2d of that: C\u1d40C x", r.after);
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

Image matrix_image(const Problem& p) {
  const Size2d big(p.output.height, p.output.width);
  constexpr std::int64_t most = 512;  // pixels
  const Tensor c = convolution_matrix(p.weight, big, p.layer.conv2d());
  return Image(c.narrow(0, 0, std::min(c.dim(0), most))
                   .narrow(1, 0, std::min(c.dim(1), most))
                   .reshape({1, std::min(c.dim(0), most), std::min(c.dim(1), most)}));
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

void write_explanation(const std::string& folder, const Problem& p, const std::string& about) {
  make_folder(folder);
  const Image counts = hit_counts(p.layer, p.layer.output());
  Scene overlap_scene;
  overlap_scene.add_grid("Contributions per output pixel", counts);

  json pictures;
  const auto picture = [&](const std::string& name, const Image& image) {
    const std::vector<std::byte> png = encode_png(picture_of(image));
    write_file_atomically(folder + "/" + name + ".png", png);
    pictures[name] = png_address(png);
  };
  picture("input", first_channels(p.input));
  picture("output", p.output);
  picture("overlap", counts);
  picture("matrix", matrix_image(p));

  json values = json::array();
  for (const double value : p.output.values) values.push_back(number(value));
  const json data = {
      {"title", fmt::format("{}: {} \u2192 {}", python_line(p).substr(9), p.layer.input, p.layer.output())},
      {"about", about},
      {"arithmetic", arithmetic_lines(p.layer)},
      {"outChannels", p.out_channels},
      {"methods", methods_json(p)},
      {"output", {{"size", {p.output.channels, p.output.height, p.output.width}}, {"values", values}}},
      {"overlap", overlap_scene.json()},
      {"restoration", restoration_json(restore(p))},
      {"code", {{"cpp", cpp_line(p)}, {"python", python_line(p)}}},
      {"pictures", pictures}};
  write_page(folder + "/index.html",
             {.title = fmt::format("Transposed convolution {}", data.at("title").get<std::string>()),
              .body = embedded::explain_html,
              .style = embedded::explain_css,
              .script = embedded::explain_js,
              .data = data});
}

}  // namespace wisp::apps
