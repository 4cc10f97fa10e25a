#include <algorithm>
#include <array>
#include <cstdlib>

#include <wisp/io/picture.h>

namespace wisp::detail {
namespace {

constexpr std::size_t file_header = 14, least_header = 40, palette_entry = 4;

// The headers, little-endian. Source: Microsoft, "BITMAPFILEHEADER", "BITMAPINFOHEADER", "BITMAPV4HEADER".
struct Layout {
  std::int64_t height = 0, width = 0;
  bool from_the_top = false;
  std::size_t bits = 0, pixels = 0, palette = 0, colours = 0;
  std::array<std::size_t, 4> places = {2, 1, 0, 4};  // of red, green, blue and alpha in a pixel's bytes; 4: none
};

std::uint32_t number_at(const PictureFile& file, std::size_t at, std::size_t size = 4) {
  if (at + size > file.bytes.size()) throw file.cut_short();
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint32_t{file.data()[at + i]} << (8 * i);
  return value;
}

// The byte that the mask selects; 4 where it selects none.
std::size_t place_of(const PictureFile& file, std::size_t at) {
  const std::uint32_t mask = number_at(file, at);
  for (std::size_t place = 0; place < 4; ++place)
    if (mask == 255u << (8 * place)) return place;
  if (mask != 0) throw file.error(at, "BMP pictures whose colours are no whole bytes are not read");
  return 4;
}

Layout read_layout(const PictureFile& file) {
  Layout layout;
  layout.pixels = number_at(file, 10);
  const std::size_t header = number_at(file, file_header);
  layout.width = static_cast<std::int32_t>(number_at(file, 18));
  const std::int64_t height = static_cast<std::int32_t>(number_at(file, 22));
  layout.height = std::abs(height);
  layout.from_the_top = height < 0;
  layout.bits = number_at(file, 28, 2);
  const std::uint32_t compression = number_at(file, 30), colours = number_at(file, 46);
  const bool masks = compression == 3 && layout.bits == 32, with_alpha = header >= 56;
  const bool indexed = layout.bits == 1 || layout.bits == 4 || layout.bits == 8;
  if (header < least_header || (compression != 0 && !masks) || !(indexed || layout.bits == 24 || layout.bits == 32))
    throw file.error(file_header, "of BMP pictures those of 1, 4, 8, 24 or 32 bits without compression are read");
  if (layout.width < 1 || layout.height < 1)
    throw file.error(18, fmt::format("the picture has {} x {} pixels", layout.width, layout.height));
  if (masks)
    for (std::size_t c = 0; c < (with_alpha ? 4u : 3u); ++c)
      layout.places[c] = place_of(file, file_header + least_header + 4 * c);
  if (std::count(layout.places.begin(), layout.places.begin() + 3, 4u) > 0)
    throw file.error(file_header + least_header, "the picture is damaged (a colour has no bits)");
  layout.palette = file_header + header;
  const std::size_t most_colours = indexed ? std::size_t{1} << layout.bits : 0;
  layout.colours = colours == 0 ? most_colours : std::min<std::size_t>(colours, most_colours);
  return layout;
}

}  // namespace

Picture read_bmp(const PictureFile& file) {
  const Layout layout = read_layout(file);
  check_pixels(file, layout.height, layout.width);
  const auto width = static_cast<std::size_t>(layout.width), height = static_cast<std::size_t>(layout.height);
  const std::size_t line = (width * layout.bits + 31) / 32 * 4;
  if (layout.pixels > file.bytes.size() || line * height > file.bytes.size() - layout.pixels ||
      layout.palette + layout.colours * palette_entry > file.bytes.size())
    throw file.cut_short();
  Picture picture{layout.height, layout.width, layout.places[3] == 4 ? 3 : 4};
  picture.pixels.reserve(width * height * static_cast<std::size_t>(picture.channels));
  for (std::size_t y = 0; y < height; ++y) {
    const unsigned char* row = file.data() + layout.pixels + line * (layout.from_the_top ? y : height - 1 - y);
    for (std::size_t x = 0; x < width; ++x) {
      const unsigned char* pixel = row + x * layout.bits / 8;
      if (layout.bits <= 8) {
        const std::size_t index = *pixel >> (8 - layout.bits - x * layout.bits % 8) & ((1u << layout.bits) - 1);
        if (index >= layout.colours) throw file.error(layout.palette, "the picture is damaged (a colour is missing)");
        pixel = file.data() + layout.palette + palette_entry * index;
      }
      for (std::size_t c = 0; c < static_cast<std::size_t>(picture.channels); ++c)
        picture.pixels.push_back(pixel[layout.places[c]]);
    }
  }
  return picture;
}

}  // namespace wisp::detail
