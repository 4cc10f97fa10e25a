#include <apps/tconv/upsample/pictures.h>

#include <algorithm>
#include <cmath>

#include <apps/common/page.h>
#include <wisp/io/png.h>

namespace wisp::apps {

Window whole(const Tensor& picture) { return {0, 0, picture.dim(3), picture.dim(2)}; }

Tensor cut(const Tensor& picture, const Window& window) {
  if (window == whole(picture)) return picture;
  return picture.narrow(2, window.top, window.height).narrow(3, window.left, window.width);
}

Tensor image_of(const Tensor& picture) {
  return picture.reshape({picture.dim(0), picture.dim(2), picture.dim(3)}).permute({1, 2, 0});
}

std::string picture_address(const Tensor& picture) { return png_address(encode_png(image_of(picture))); }

std::size_t address_size(const std::vector<Tensor>& pictures, const Window& window) {
  std::size_t size = 0;
  for (const Tensor& picture : pictures) size += picture_address(cut(picture, window)).size();
  return size;
}

Window largest_window(const std::vector<Tensor>& pictures, std::size_t size, const Window& detail, std::int64_t step,
                      std::size_t budget) {
  const Window all = whole(pictures.front());
  Window window = all;
  // Parts do not compress alike, so that a part's share of the characters is only about that of its pixels.
  for (; size > budget; size = address_size(pictures, window)) {
    const double shrink = 0.97 * std::sqrt(static_cast<double>(budget) / static_cast<double>(size));
    const auto side = [&](std::int64_t now, std::int64_t least, std::int64_t most) {
      const auto smaller = static_cast<std::int64_t>(static_cast<double>(now) * shrink) / step * step;
      return std::min(std::max(smaller, (least + step - 1) / step * step), most);
    };
    const auto start = [&](std::int64_t middle, std::int64_t length, std::int64_t most) {
      return std::clamp<std::int64_t>(middle - length / 2, 0, most - length) / step * step;
    };
    Window part;
    part.width = side(window.width, detail.width, all.width);
    part.height = side(window.height, detail.height, all.height);
    part.left = start(detail.left + detail.width / 2, part.width, all.width);
    part.top = start(detail.top + detail.height / 2, part.height, all.height);
    if (part == window) break;  // no smaller than the detail
    window = part;
  }
  return window;
}

}  // namespace wisp::apps
