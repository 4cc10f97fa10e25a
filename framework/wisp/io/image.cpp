#include <wisp/io/image.h>

#include <wisp/io/input_file.h>
#include <wisp/io/picture.h>

namespace wisp {
namespace {

using detail::Picture;
using detail::PictureFile;

constexpr std::uint64_t most_file_bytes = std::uint64_t{64} << 20;
constexpr std::int64_t most_pixels = std::int64_t{16} << 20;

PictureFile load(const std::string& path) {
  PictureFile file{path, read_file(path, most_file_bytes)};
  if (file.bytes.empty()) throw file.error(0, "the file is empty; PNG, JPEG and BMP pictures are valid");
  return file;
}

Picture read(const PictureFile& file) {
  if (file.begins_with("\x89PNG\r\n\x1a\n")) return read_png(file);
  if (file.begins_with("\xff\xd8\xff")) return read_jpeg(file);
  if (file.begins_with("BM")) return read_bmp(file);
  throw file.error(0, "no picture is found; PNG, JPEG and BMP files are valid");
}

// Turned upright, composited over white, and from (H, W, C) with C = 1 to 4 to (C, H, W) with C = 1 or 3.
Tensor to_tensor(const Picture& picture) {
  const int orientation = picture.orientation, channels = picture.channels;
  const bool turned = orientation >= 5;
  const bool upward = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool leftward = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const std::int64_t line = picture.width * channels;
  // A step down and a step to the right in the file's picture.
  const std::int64_t down = upward ? -line : line, right = leftward ? -channels : channels;
  const std::uint8_t* const first = picture.pixels.data() + (upward ? (picture.height - 1) * line : 0) +
                                    (leftward ? (picture.width - 1) * channels : 0);
  const std::int64_t height = turned ? picture.width : picture.height, width = turned ? picture.height : picture.width;
  const bool alpha = channels % 2 == 0;
  const int colors = alpha ? channels - 1 : channels;
  Tensor image = Tensor::empty({colors, height, width}, DType::u8);
  auto* out = image.mutable_data<std::uint8_t>();
  for (int c = 0; c < colors; ++c)
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) {
        const std::uint8_t* pixel = first + (turned ? x * down + y * right : y * down + x * right);
        const int opacity = alpha ? pixel[colors] : 255;
        *out++ = static_cast<std::uint8_t>((pixel[c] * opacity + 255 * (255 - opacity) + 127) / 255);
      }
  return image;
}

}  // namespace

void detail::check_pixels(const PictureFile& file, std::int64_t height, std::int64_t width) {
  if (height > most_pixels || height * width > most_pixels)
    throw file.error(
        0, fmt::format("the picture has {} x {} pixels, at most {} in all are valid", width, height, most_pixels));
}

Tensor read_image(const std::string& path) { return to_tensor(read(load(path))); }

}  // namespace wisp
