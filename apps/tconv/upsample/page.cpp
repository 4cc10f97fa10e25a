#include <apps/tconv/upsample/page.h>

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include <tconv_page_files.h>

#include <apps/common/page.h>
#include <apps/tconv/upsample/figures.h>

namespace wisp::apps {
namespace {

// Of the addresses of pictures on the page. The rest of 5 MB is for the details, the kernels and the text.
constexpr std::size_t most_embedded = 4'500'000, most_compared = 3'000'000;

// Returns the size of the picture's address.
std::size_t write_picture(const std::string& folder, const std::string& name, const Tensor& picture) {
  return keep_picture(folder + "/" + name + ".png", image_of(picture)).size();
}

std::string restored_name(const std::string& method) { return method + "_restored"; }

std::vector<Tensor> compared_pictures(const UpsampleComparison& c) {
  std::vector<Tensor> pictures = {c.original};
  for (const UpsampleMethod& method : c.methods) pictures.push_back(method.restored);
  return pictures;
}

// The comparison with the window's part of its pictures; the errors stay those of the whole.
UpsampleComparison cut(UpsampleComparison c, const Window& window) {
  c.original = cut(c.original, window);
  c.reduced = cut(c.reduced, window.over(c.options.scale));
  for (UpsampleMethod& method : c.methods) method.restored = cut(method.restored, window);
  return c;
}

std::string file_link(const std::string& name) { return fmt::format("<a href=\"{0}.png\">{0}.png</a>", name); }

std::string file_links(const std::string& first, const std::function<std::string(const std::string&)>& name) {
  std::string links = first;
  for (const UpsampleWay& way : upsample_ways) links += (links.empty() ? "" : ", ") + file_link(name(way.name));
  return links;
}

// Nothing where a page has room for the whole picture.
std::string part_note(const Tensor& picture, const Window& part, const std::string& links) {
  if (part == whole(picture)) return "";
  return fmt::format(
      "<p class=\"part\">To keep this page small it shows <strong>{} × {} of the {} × {} pixels</strong>, around the "
      "place where the ways differ most. The whole pictures lie beside the page: {}.</p>\n",
      part.width, part.height, picture.dim(3), picture.dim(2), links);
}

}  // namespace

std::vector<std::string> upsample_files() {
  std::vector<std::string> files = {"index.html", "original.png", "downsampled.png"};
  for (const UpsampleWay& way : upsample_ways)
    for (const std::string& name : {way.name, restored_name(way.name)}) files.push_back(name + ".png");
  return files;
}

std::string write_upsample_page(const std::string& folder, const UpsampleComparison& c) {
  const std::int64_t scale = c.options.scale, width = c.original.dim(3), height = c.original.dim(2);
  std::size_t compared_size = write_picture(folder, "original", c.original), enlarged_size = 0;
  write_picture(folder, "downsampled", c.reduced);
  std::vector<Tensor> enlarged;
  for (const UpsampleMethod& method : c.methods) {
    compared_size += write_picture(folder, restored_name(method.name), method.restored);
    enlarged.push_back(enlarge(method, c.picture, scale));
    enlarged_size += write_picture(folder, method.name, enlarged.back());
  }

  const std::vector<Tensor> compared = compared_pictures(c);
  Window detail = most_different(c);
  const Window part = largest_window(compared, compared_size, detail, scale, most_compared);
  const std::size_t left = most_embedded - address_size(compared, part);
  const Window enlarged_part = largest_window(enlarged, enlarged_size, detail.times(scale), scale, left);
  const std::string enlarged_note =
      part_note(enlarged.front(), enlarged_part, file_links("", [](const std::string& method) { return method; }));
  for (Tensor& picture : enlarged) picture = cut(picture, enlarged_part);
  const UpsampleComparison shown = cut(c, part);
  detail.left = std::clamp<std::int64_t>(detail.left - part.left, 0, part.width - detail.width);
  detail.top = std::clamp<std::int64_t>(detail.top - part.top, 0, part.height - detail.height);

  const auto percent = [](std::int64_t some, std::int64_t all) {
    return fmt::format("{:.4f}%", 100.0 * static_cast<double>(some) / static_cast<double>(all));
  };
  const bool trimmed = c.picture.shape() != c.original.shape();
  const std::string body = fmt::format(
      fmt::runtime(embedded::upsample_html), fmt::arg("scale", scale), fmt::arg("square", scale * scale),
      fmt::arg("steps", c.options.steps), fmt::arg("seed", c.options.seed), fmt::arg("width", width),
      fmt::arg("height", height), fmt::arg("reduced_width", width / scale), fmt::arg("reduced_height", height / scale),
      fmt::arg("enlarged_width", c.picture.dim(3) * scale), fmt::arg("enlarged_height", c.picture.dim(2) * scale),
      fmt::arg("cut", trimmed
                          ? fmt::format(" The picture has {} × {} pixels; for the comparison it was cut at the right "
                                        "and at the bottom to multiples of {}.",
                                        c.picture.dim(3), c.picture.dim(2), scale)
                          : ""),
      fmt::arg("errors", error_rows(c)), fmt::arg("original", picture_address(shown.original)),
      fmt::arg("original_class", image_class(shown.original)), fmt::arg("downsampled", picture_address(shown.reduced)),
      fmt::arg("part", part_note(c.original, part,
                                 file_links(file_link("original") + ", " + file_link("downsampled"), restored_name))),
      fmt::arg("part_size", part == whole(c.original)
                                ? ""
                                : fmt::format(" Shown here: the same {} × {} as above.", part.width, part.height)),
      fmt::arg("details", detail_figures(shown, detail)),
      fmt::arg("frame", fmt::format("left:{};top:{};width:{};height:{}", percent(detail.left, part.width),
                                    percent(detail.top, part.height), percent(detail.width, part.width),
                                    percent(detail.height, part.height))),
      fmt::arg("left", detail.left), fmt::arg("top", detail.top), fmt::arg("most_left", part.width - detail.width),
      fmt::arg("most_top", part.height - detail.height), fmt::arg("detail", detail.width),
      fmt::arg("restored", restored_figures(shown)), fmt::arg("kernels", kernel_figures(c)),
      fmt::arg("enlarged_part", enlarged_note), fmt::arg("enlarged", enlarged_figures(c, enlarged)));
  const std::string path = folder + "/index.html";
  write_page(path, {.title = fmt::format("A picture enlarged {} times, in five ways", scale),
                    .body = body,
                    .style = embedded::upsample_css,
                    .script = embedded::upsample_js,
                    .data = {{"size", detail.width}, {"width", part.width}, {"height", part.height}},
                    .pictures = upsample_files()});
  return path;
}

}  // namespace wisp::apps
