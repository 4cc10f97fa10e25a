#include <apps/tconv/upsample/figures.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include <apps/common/signed_colours.h>
#include <wisp/core/max_or_nan.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

std::string decibels(const UpsampleMethod& method) {
  return std::isinf(method.psnr()) ? "∞" : fmt::format("{:.2f}", method.psnr());
}

std::string sentence(const UpsampleComparison& c, const UpsampleMethod& method) {
  const std::int64_t scale = c.options.scale;
  return fmt::format(fmt::runtime(method.words), fmt::arg("scale", scale), fmt::arg("zeros", scale * scale - 1),
                     fmt::arg("side", method.kernel.defined() ? method.kernel.dim(-1) : 0));
}

// `attributes` as in HTML, with a space before each.
std::string figure(const std::string& attributes, const Tensor& picture, const std::string& alternative,
                   const std::string& caption) {
  return fmt::format("<figure><img{} src=\"{}\" alt=\"{}\"><figcaption>{}</figcaption></figure>\n", attributes,
                     picture_address(picture), alternative, caption);
}

std::string detail_figure(const std::string& name, const std::string& label, const std::string& note,
                          const Tensor& picture, const Window& detail) {
  return figure(fmt::format(" data-detail=\"{}\"", name), cut(picture, detail), "Detail: " + label,
                fmt::format("{}<span>{}</span>", label, note));
}

// (1, 1, k, k) in a frame of `side` pixels. Square roots, so that small weights are seen.
Tensor kernel_picture(const Tensor& kernel, std::int64_t side, double largest) {
  const std::int64_t border = (side - kernel.dim(-1)) / 2;
  const Tensor roots = sqrt(relu(kernel)) - sqrt(relu(-kernel));
  return signed_colours(pad2d(roots, {border, border, border, border}).reshape({1, side, side}), std::sqrt(largest))
      .reshape({3, 1, side, side});
}

}  // namespace

Window most_different(const UpsampleComparison& c) {
  const std::int64_t height = c.original.dim(2), width = c.original.dim(3);
  const std::int64_t size = std::min({std::max<std::int64_t>(48, 12 * c.options.scale), height, width});
  const std::int64_t stride = std::max<std::int64_t>(size / 4, 1);
  Tensor difference = Tensor::zeros(c.original.shape());
  for (std::size_t i = 1; i + 1 < c.methods.size(); ++i)
    difference = difference + square(c.methods[i].restored.to(DType::f32) - c.methods.back().restored.to(DType::f32));
  const Tensor means = avg_pool2d(sum(difference, {0}, true), size, {.stride = stride});
  const std::vector<float> values = means.values<float>();
  const std::int64_t at = std::max_element(values.begin(), values.end()) - values.begin();
  return {at % means.dim(3) * stride, at / means.dim(3) * stride, size, size};
}

const char* image_class(const Tensor& picture) { return picture.dim(3) < 160 ? "" : "smooth"; }

std::string error_rows(const UpsampleComparison& c) {
  std::string rows;
  for (const UpsampleMethod& method : c.methods)
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{:.6f}</td></tr>\n", method.label,
                        decibels(method), method.error);
  return rows;
}

std::string detail_figures(const UpsampleComparison& c, const Window& detail) {
  std::string figures = detail_figure("original", "the original", "", c.original, detail);
  for (const UpsampleMethod& method : c.methods)
    figures += detail_figure(method.name, method.label, decibels(method) + " dB", method.restored, detail);
  return figures;
}

std::string restored_figures(const UpsampleComparison& c) {
  std::string figures;
  for (const UpsampleMethod& method : c.methods)
    figures += figure(
        fmt::format(" data-source=\"{}\" class=\"{}\"", method.name, image_class(method.restored)), method.restored,
        "Restored: " + method.label,
        fmt::format("<strong>{}</strong><span>{} dB</span>{}", method.label, decibels(method), sentence(c, method)));
  return figures;
}

std::string kernel_figures(const UpsampleComparison& c) {
  const Tensor &tent = c.methods[3].kernel, &trained = c.methods[4].kernel;
  const double largest = max_or_nan(largest_magnitude(tent), largest_magnitude(trained));
  std::string figures;
  for (const auto& [label, kernel] : {std::pair("bilinear kernel", tent), std::pair("trained kernel", trained)}) {
    const std::vector<float> values = kernel.values<float>();
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    figures += figure("", kernel_picture(kernel, trained.dim(-1), largest), label,
                      fmt::format("{}<span>{} × {} weights from {}{:.3f} to {:.3f}, sum {:.2f}</span>", label,
                                  kernel.dim(-1), kernel.dim(-1), *least < 0 ? "−" : "", std::abs(*least), *most,
                                  std::accumulate(values.begin(), values.end(), 0.0)));
  }
  return figures;
}

std::string enlarged_figures(const UpsampleComparison& c, const std::vector<Tensor>& pictures) {
  std::string figures;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    figures += figure(fmt::format(" data-enlarged=\"{}\" class=\"{}\"", c.methods[i].name, image_class(pictures[i])),
                      pictures[i], "Enlarged: " + c.methods[i].label, c.methods[i].label);
  return figures;
}

}  // namespace wisp::apps
