#include <wisp/io/image.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <wisp/core/error.h>
#include <wisp/io/input_file.h>

namespace {

// A few bytes of a PNG can claim to unpack to gigabytes. 16 Mi pixels of four 16-bit channels, a filter byte per line
// and the line's slack stay below this.
constexpr std::size_t most_bytes_at_once = std::size_t{256} << 20;

void* bounded_realloc(void* old, std::size_t size) {
  return size <= most_bytes_at_once ? std::realloc(old, size) : nullptr;
}

}  // namespace

// As a system header (CMakeLists.txt) stb raises no warnings here.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_MALLOC(size) bounded_realloc(nullptr, size)
#define STBI_REALLOC(pointer, size) bounded_realloc(pointer, size)
#define STBI_FREE(pointer) std::free(pointer)
#include <stb_image.h>

namespace wisp {
namespace {

constexpr std::uint64_t most_file_bytes = std::uint64_t{64} << 20;
constexpr std::int64_t most_pixels = std::int64_t{16} << 20;

// A file's bytes as stb asks for them. Asking for more than there are is how a file cut short shows itself: stb would
// put zeros there.
struct Source {
  std::vector<std::byte> bytes;
  std::size_t position = 0;
  bool overrun = false;

  static int read(void* self, char* out, int size) {
    auto& source = *static_cast<Source*>(self);
    const std::size_t count = std::min(static_cast<std::size_t>(size), source.bytes.size() - source.position);
    if (count == 0 && size > 0) source.overrun = true;
    std::memcpy(out, source.bytes.data() + source.position, count);
    source.position += count;
    return static_cast<int>(count);
  }
  static void skip(void* self, int count) {
    auto& source = *static_cast<Source*>(self);
    source.position = std::min(source.bytes.size(), source.position + static_cast<std::size_t>(std::max(count, 0)));
  }
  static int at_end(void* self) {
    const auto& source = *static_cast<Source*>(self);
    return source.position == source.bytes.size();
  }
};

constexpr stbi_io_callbacks callbacks = {Source::read, Source::skip, Source::at_end};

Source load(const std::string& path) {
  const InputFile file(path);
  if (file.size() == 0) throw IoError(path, 0, "the file is empty; PNG, JPEG and BMP pictures are valid");
  if (file.size() > most_file_bytes)
    throw IoError(
        path, 0,
        fmt::format("the file has {} bytes, at most {} are valid for a picture", file.size(), most_file_bytes));
  Source source;
  source.bytes.resize(file.size());
  source.bytes.resize(file.read_at(0, source.bytes));
  return source;
}

// stb passes over the checksums of a PNG file's chunks: length, name, content, CRC-32 of name and content.
void check_png_chunks(const std::string& path, const std::vector<std::byte>& bytes) {
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  const auto big_endian = [&](std::size_t at) {
    return std::uint32_t{data[at]} << 24 | std::uint32_t{data[at + 1]} << 16 | std::uint32_t{data[at + 2]} << 8 |
           data[at + 3];
  };
  constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
  if (bytes.size() < signature.size() || std::memcmp(data, signature.data(), signature.size()) != 0) return;
  for (std::size_t at = signature.size();;) {
    const std::size_t left = bytes.size() - at;
    if (left < 12 || big_endian(at) > left - 12) throw IoError(path, bytes.size(), "the picture is cut short");
    const std::uint32_t length = big_endian(at);
    if (crc32(0, data + at + 4, length + 4) != big_endian(at + 8 + length))
      throw IoError(path, at, "the picture is damaged (a PNG chunk's checksum is wrong)");
    if (std::memcmp(data + at + 4, "IEND", 4) == 0) return;
    at += length + 12;
  }
}

struct Free {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};

// (H, W, C) with C = 1 to 4 to (C, H, W) with C = 1 or 3.
Tensor over_white(const std::uint8_t* pixels, std::int64_t height, std::int64_t width, int channels) {
  const bool alpha = channels % 2 == 0;
  const int colors = alpha ? channels - 1 : channels;
  Tensor image = Tensor::empty({colors, height, width}, DType::u8);
  auto* out = image.mutable_data<std::uint8_t>();
  for (int c = 0; c < colors; ++c)
    for (std::int64_t i = 0; i < height * width; ++i) {
      const std::uint8_t* pixel = pixels + i * channels;
      const int opacity = alpha ? pixel[colors] : 255;
      *out++ = static_cast<std::uint8_t>((pixel[c] * opacity + 255 * (255 - opacity) + 127) / 255);
    }
  return image;
}

}  // namespace

Tensor read_image(const std::string& path) {
  Source source = load(path);
  const auto why = [] { return stbi_failure_reason() ? stbi_failure_reason() : "unknown"; };
  int width = 0, height = 0, channels = 0;
  if (stbi_info_from_callbacks(&callbacks, &source, &width, &height, &channels) == 0 || width < 1 || height == 0)
    throw IoError(path, 0, fmt::format("no picture is found ({}); PNG, JPEG and BMP files are valid", why()));
  const std::int64_t lines = std::abs(std::int64_t{height});  // negative: a BMP stored from the top down
  if (lines * width > most_pixels)
    throw IoError(
        path, 0, fmt::format("the picture has {} x {} pixels, at most {} in all are valid", width, lines, most_pixels));
  check_png_chunks(path, source.bytes);
  source.position = 0;
  source.overrun = false;
  const std::unique_ptr<stbi_uc, Free> pixels(
      stbi_load_from_callbacks(&callbacks, &source, &width, &height, &channels, 0));
  if (source.overrun) throw IoError(path, source.bytes.size(), "the picture is cut short");
  if (!pixels) throw IoError(path, 0, fmt::format("the picture is damaged or of an unusual kind ({})", why()));
  return over_white(pixels.get(), height, width, channels);
}

}  // namespace wisp
