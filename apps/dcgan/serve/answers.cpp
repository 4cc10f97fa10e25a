#include <apps/dcgan/serve/answers.h>

#include <iterator>
#include <vector>

namespace wisp::apps {
namespace {

// Dimension `dim` and those behind it of the numbers from `at` on, as nested arrays.
void append_array(std::string& text, const Shape& shape, int dim, const std::uint8_t*& at) {
  if (dim == shape.rank()) {
    fmt::format_to(std::back_inserter(text), "{}", *at++);
    return;
  }
  for (std::int64_t i = 0; i < shape[dim]; ++i) {
    text += i == 0 ? '[' : ',';
    append_array(text, shape, dim + 1, at);
  }
  text += ']';
}

}  // namespace

std::string png_answer(const Tensor& images, const GridOptions& grid) {
  const std::vector<std::byte> png = encode_png(make_grid(images, grid));
  return {reinterpret_cast<const char*>(png.data()), png.size()};
}

std::string json_answer(const Tensor& images, std::int64_t seed) {
  const std::vector<std::uint8_t> pixels = images.values<std::uint8_t>();
  std::string text = fmt::format("{{\"count\":{},\"seed\":{},\"shape\":[{},{},{}],\"images\":", images.dim(0), seed,
                                 images.dim(1), images.dim(2), images.dim(3));
  const std::uint8_t* at = pixels.data();
  append_array(text, images.shape(), 0, at);
  return text + "}\n";
}

}  // namespace wisp::apps
