#include <apps/tconv/upsample/page.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include <tconv_page_files.h>

#include <apps/common/page.h>
#include <apps/tconv/signed_colours.h>
#include <apps/tconv/upsample/methods.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/png.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

constexpr std::size_t most_embedded_bytes = std::size_t{6} << 20;  // of enlarged pictures

using Png = std::vector<std::byte>;

// u8 (C, 1, H, W).
Png png_of(const Tensor& picture) {
  return encode_png(picture.reshape({picture.dim(0), picture.dim(2), picture.dim(3)}).permute({1, 2, 0}));
}

struct Detail {
  std::int64_t left;
  std::int64_t top;
  std::int64_t size;
};

// Where the restored pictures, but the one with the zeros, differ most from the last of them.
Detail most_different(const UpsampleComparison& c) {
  const std::int64_t height = c.original.dim(2), width = c.original.dim(3);
  const std::int64_t size = std::min({std::max<std::int64_t>(48, 12 * c.options.scale), height, width});
  const std::int64_t stride = std::max<std::int64_t>(size / 4, 1);
  Tensor difference = Tensor::zeros(c.original.shape());
  for (std::size_t i = 1; i + 1 < c.methods.size(); ++i)
    difference = difference + square(c.methods[i].restored.to(DType::f32) - c.methods.back().restored.to(DType::f32));
  const Tensor means = avg_pool2d(sum(difference, {0}, true), size, {.stride = stride});
  const std::vector<float> values = means.values<float>();
  const std::int64_t at = std::max_element(values.begin(), values.end()) - values.begin();
  return {at % means.dim(3) * stride, at / means.dim(3) * stride, size};
}

std::string decibels(const UpsampleMethod& method) {
  return std::isinf(method.psnr()) ? "∞" : fmt::format("{:.2f}", method.psnr());
}

std::string error_rows(const UpsampleComparison& c) {
  std::string rows;
  for (const UpsampleMethod& method : c.methods)
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{:.6f}</td></tr>\n", method.label,
                        decibels(method), method.error);
  return rows;
}

std::string sentence(const UpsampleComparison& c, const UpsampleMethod& method) {
  const std::int64_t s = c.options.scale;
  if (method.name == "zero_insertion")
    return fmt::format(
        "Every pixel stands at the top left of {0} × {0}; the other {1} are 0. That is how a transposed convolution "
        "begins, before its kernel fills the gaps, so the error is large by design.",
        s, s * s - 1);
  if (method.name == "nearest")
    return fmt::format("Every pixel becomes {0} × {0} equal ones. Nothing is blurred; slanted edges become stairs.", s);
  if (method.name == "bilinear")
    return "Values change linearly from one pixel centre to the next. No stairs, but edges are soft.";
  const std::int64_t k = method.kernel.dim(-1);
  if (method.name == "bilinear_kernel")
    return fmt::format(
        "Zeros inserted, then a fixed kernel of {0} × {0} weights, shaped like a tent: bilinear interpolation, "
        "computed "
        "by a ConvTranspose2d.",
        k);
  return fmt::format(
      "The same layer with {0} × {0} weights that began as that tent and were trained on this picture. Weights below 0 "
      "sharpen the edges.",
      k);
}

std::string detail_figure(const std::string& name, const std::string& label, const std::string& note,
                          const Tensor& picture, const Detail& detail) {
  const Tensor cut = picture.narrow(2, detail.top, detail.size).narrow(3, detail.left, detail.size);
  return fmt::format(
      "<figure><img data-detail=\"{0}\" src=\"{1}\" alt=\"Detail: {2}\"><figcaption>{2}<span>{3}</span></figcaption>"
      "</figure>\n",
      name, png_address(png_of(cut)), label, note);
}

std::string detail_figures(const UpsampleComparison& c, const Detail& detail) {
  std::string figures = detail_figure("original", "the original", "", c.original, detail);
  for (const UpsampleMethod& method : c.methods)
    figures += detail_figure(method.name, method.label, decibels(method) + " dB", method.restored, detail);
  return figures;
}

// (1, 1, k, k) in a frame of `side` pixels. Square roots, so that small weights are seen.
Png kernel_png(const Tensor& kernel, std::int64_t side, double largest) {
  const std::int64_t border = (side - kernel.dim(-1)) / 2;
  const Tensor roots = sqrt(relu(kernel)) - sqrt(relu(-kernel));
  return png_of(
      signed_colours(pad2d(roots, {border, border, border, border}).reshape({1, side, side}), std::sqrt(largest))
          .reshape({3, 1, side, side}));
}

std::string kernel_figures(const UpsampleComparison& c) {
  const Tensor &tent = c.methods[3].kernel, &trained = c.methods[4].kernel;
  const double largest = std::max(largest_magnitude(tent), largest_magnitude(trained));
  std::string figures;
  for (const auto& [label, kernel] : {std::pair("bilinear kernel", tent), std::pair("trained kernel", trained)}) {
    const std::vector<float> values = kernel.values<float>();
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    figures += fmt::format(
        "<figure><img src=\"{0}\" alt=\"{1}\"><figcaption>{1}<span>{2} × {2} weights from {3}{4:.3f} to {5:.3f}, "
        "sum {6:.2f}</span></figcaption></figure>\n",
        png_address(kernel_png(kernel, trained.dim(-1), largest)), label, kernel.dim(-1), *least < 0 ? "−" : "",
        std::abs(*least), *most, std::accumulate(values.begin(), values.end(), 0.0));
  }
  return figures;
}

// Large pictures are shown smoothly where they do not fit; in small ones pixels are squares.
const char* image_class(const Tensor& picture) { return picture.dim(3) < 160 ? "" : "smooth"; }

class Writer {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {}

  const Png& keep(const std::string& name, const Tensor& picture) {
    classes_[name] = image_class(picture);
    const Png& png = pngs_[name] = png_of(picture);
    write_file_atomically(folder_ + "/" + name + ".png", png);
    return png;
  }
  std::string figure(const std::string& name, const std::string& alternative, const std::string& caption) const {
    return fmt::format(
        "<figure><img data-whole=\"{0}\" class=\"{1}\" src=\"{2}\" alt=\"{3}\"><figcaption>{4}</figcaption></figure>\n",
        name, classes_.at(name), address(name), alternative, caption);
  }
  std::string address(const std::string& name) const { return png_address(pngs_.at(name)); }

 private:
  std::string folder_;
  std::map<std::string, Png> pngs_;
  std::map<std::string, std::string> classes_;
};

// The picture itself enlarged: shown where it is not too much, named otherwise.
std::string enlarged_figures(const UpsampleComparison& c, Writer& writer) {
  std::size_t bytes = 0;
  for (const UpsampleMethod& method : c.methods)
    bytes += writer.keep(method.name, enlarge(method, c.picture, c.options.scale)).size();
  std::string figures;
  for (const UpsampleMethod& method : c.methods)
    figures += bytes <= most_embedded_bytes
                   ? writer.figure(method.name, "Enlarged: " + method.label, method.label)
                   : fmt::format("<p>{}: <a href=\"{}.png\">{}.png</a></p>\n", method.label, method.name, method.name);
  return bytes <= most_embedded_bytes
             ? figures
             : "<p class=\"all\">They are too large for this page and lie beside it, as files:</p>\n" + figures;
}

}  // namespace

std::string write_upsample_page(const std::string& folder, const UpsampleComparison& c) {
  Writer writer(folder);
  writer.keep("original", c.original);
  writer.keep("downsampled", c.reduced);
  std::string restored;
  for (const UpsampleMethod& method : c.methods) {
    writer.keep(method.name + "_restored", method.restored);
    restored += writer.figure(
        method.name + "_restored", "Restored: " + method.label,
        fmt::format("<strong>{}</strong><span>{} dB</span>{}", method.label, decibels(method), sentence(c, method)));
  }
  const Detail detail = most_different(c);
  const std::int64_t width = c.original.dim(3), height = c.original.dim(2);
  const auto percent = [](std::int64_t part, std::int64_t whole) {
    return fmt::format("{:.4f}%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  };
  const bool cut = c.picture.shape() != c.original.shape();
  const std::string body = fmt::format(
      fmt::runtime(embedded::upsample_html), fmt::arg("scale", c.options.scale),
      fmt::arg("square", c.options.scale * c.options.scale), fmt::arg("steps", c.options.steps),
      fmt::arg("seed", c.options.seed), fmt::arg("width", width), fmt::arg("height", height),
      fmt::arg("reduced_width", width / c.options.scale), fmt::arg("reduced_height", height / c.options.scale),
      fmt::arg("enlarged_width", c.picture.dim(3) * c.options.scale),
      fmt::arg("enlarged_height", c.picture.dim(2) * c.options.scale),
      fmt::arg("cut", cut ? fmt::format(" The picture has {} × {} pixels; for the comparison it was cut at the right "
                                        "and at the bottom to multiples of {}.",
                                        c.picture.dim(3), c.picture.dim(2), c.options.scale)
                          : ""),
      fmt::arg("errors", error_rows(c)), fmt::arg("original", writer.address("original")),
      fmt::arg("original_class", image_class(c.original)), fmt::arg("downsampled", writer.address("downsampled")),
      fmt::arg("details", detail_figures(c, detail)),
      fmt::arg("frame",
               fmt::format("left:{};top:{};width:{};height:{}", percent(detail.left, width),
                           percent(detail.top, height), percent(detail.size, width), percent(detail.size, height))),
      fmt::arg("left", detail.left), fmt::arg("top", detail.top), fmt::arg("most_left", width - detail.size),
      fmt::arg("most_top", height - detail.size), fmt::arg("detail", detail.size), fmt::arg("restored", restored),
      fmt::arg("kernels", kernel_figures(c)), fmt::arg("enlarged", enlarged_figures(c, writer)));
  const std::string path = folder + "/index.html";
  write_page(path, {.title = fmt::format("A picture enlarged {} times, in five ways", c.options.scale),
                    .body = body,
                    .style = embedded::upsample_css,
                    .script = embedded::upsample_js,
                    .data = {{"size", detail.size}, {"width", width}, {"height", height}}});
  return path;
}

}  // namespace wisp::apps
