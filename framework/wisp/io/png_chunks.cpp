#include <wisp/io/png_chunks.h>

#include <memory>
#include <new>

#include <png.h>
#include <zlib.h>

#include <wisp/core/text.h>
#include <wisp/io/exif.h>

namespace wisp::detail {
namespace {

// A chunk is its content's length, a name, the content, and the CRC-32 of name and content.
constexpr std::size_t signature_size = 8, chunk_frame = 12;

std::uint32_t number_at(const PictureFile& file, std::size_t at) {
  const unsigned char* bytes = file.data() + at;
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

std::string_view name_at(const PictureFile& file, std::size_t at) {
  return std::string_view(file.bytes).substr(at + 4, 4);
}

// What the pixels' lines, each behind a byte that names its filter, take up before they are deflated.
std::uint64_t raw_size(const PictureFile& file) {
  constexpr int channels[] = {1, 0, 3, 1, 2, 0, 4};  // of colour types 0 to 6
  const std::uint32_t width = number_at(file, 16), height = number_at(file, 20);
  const int bits = file.data()[24] * channels[file.data()[25]];
  const auto size = [&](std::uint64_t columns, std::uint64_t rows) {
    return columns == 0 ? 0 : rows * (1 + (columns * bits + 7) / 8);
  };
  const bool is_interlaced = file.data()[28] != 0;
  if (!is_interlaced) return size(width, height);
  std::uint64_t sum = 0;
  for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; ++pass)
    sum += size(PNG_PASS_COLS(width, pass), PNG_PASS_ROWS(height, pass));
  return sum;
}

}  // namespace

int check_png_chunks(const PictureFile& file) {
  const std::string_view bytes = file.bytes;
  int orientation = 1;
  for (std::size_t at = signature_size;;) {
    if (bytes.size() < at + chunk_frame || number_at(file, at) > bytes.size() - at - chunk_frame)
      throw file.cut_short();
    const std::size_t length = number_at(file, at), content = at + 8;
    const std::string_view name = name_at(file, at);
    const bool is_header = name == "IHDR" && length == 13, is_first = at == signature_size;
    if (is_header) check_pixels(file, number_at(file, content + 4), number_at(file, content));
    if (crc32_z(0, file.data() + at + 4, length + 4) != number_at(file, content + length))
      throw file.error(at, "the picture is damaged (a PNG chunk's checksum is wrong)");
    const bool is_critical = (name[0] & 0x20) == 0;
    if (is_critical && name != "IHDR" && name != "PLTE" && name != "IDAT" && name != "IEND")
      throw file.error(at, fmt::format("the PNG chunk {} is needed to read the picture and not known", quote(name)));
    if (is_header != is_first)
      throw file.error(at, "the picture is damaged (a PNG file begins with one IHDR chunk of 13 bytes)");
    if (name == "eXIf") orientation = orientation_in(bytes.substr(content, length));
    if (name == "IEND") return orientation;
    at += length + chunk_frame;
  }
}

void check_png_size(const PictureFile& file) {
  const std::uint64_t expected = raw_size(file);
  z_stream z{};
  if (inflateInit(&z) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&z, inflateEnd);
  std::vector<Bytef> scratch(1 << 16);
  int state = Z_OK;
  for (std::size_t at = signature_size; z.total_out <= expected; at += number_at(file, at) + chunk_frame) {
    if (name_at(file, at) == "IEND") break;
    if (name_at(file, at) != "IDAT") continue;
    z.next_in = const_cast<Bytef*>(file.data()) + at + 8;  // zlib does not write there
    z.avail_in = number_at(file, at);
    do {
      z.next_out = scratch.data();
      z.avail_out = static_cast<uInt>(scratch.size());
      state = inflate(&z, Z_NO_FLUSH);
    } while (state == Z_OK && z.avail_out == 0 && z.total_out <= expected);
    if (state != Z_OK && state != Z_BUF_ERROR) break;  // the end, or damage
  }
  const char* problem = z.total_out > expected   ? "more data than its pixels need"
                        : z.total_out < expected ? "less data than its pixels need"
                        : state != Z_STREAM_END  ? "its data's checksum is wrong"
                                                 : nullptr;
  if (problem != nullptr) throw file.error(0, fmt::format("the picture is damaged ({})", problem));
}

}  // namespace wisp::detail
