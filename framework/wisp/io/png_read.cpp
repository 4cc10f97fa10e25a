#include <cstring>

#include <png.h>

#include <wisp/io/long_jump.h>
#include <wisp/io/picture.h>
#include <wisp/io/png_chunks.h>

namespace wisp::detail {
namespace {

struct Decoder {
  explicit Decoder(std::string_view bytes) : rest(bytes) {}
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  std::string_view rest;
  std::jmp_buf failed{};
  png_structp png = nullptr;
  png_infop info = nullptr;
  int passes = 1;  // over the lines, where they are interlaced
};

[[noreturn]] void on_error(png_structp png, png_const_charp) {
  std::longjmp(static_cast<Decoder*>(png_get_error_ptr(png))->failed, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep out, std::size_t size) {
  auto& rest = static_cast<Decoder*>(png_get_io_ptr(png))->rest;
  if (size > rest.size()) on_error(png, "");
  std::memcpy(out, rest.data(), size);
  rest.remove_prefix(size);
}

// Reads up to the pixels, and asks for them as 8-bit grey or RGB, with alpha where something is transparent.
void begin(Decoder& decoder) {
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (decoder.png == nullptr) std::longjmp(decoder.failed, 1);
  decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) std::longjmp(decoder.failed, 1);
  png_set_read_fn(decoder.png, &decoder, on_read);
  png_set_user_limits(decoder.png, 1 << 24, 1 << 24);  // check_pixels bounds their product
  // Texts, gammas, colour profiles and the like are passed over, unread: they make no pixels.
  png_set_keep_unknown_chunks(decoder.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(decoder.png, decoder.info);
  png_set_expand(decoder.png);    // palettes, fewer than 8 bits, transparent colours
  png_set_scale_16(decoder.png);  // (v 255 + 32767) / 65535
  decoder.passes = png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
}

}  // namespace

Picture read_png(const PictureFile& file) {
  const int orientation = check_png_chunks(file);
  Decoder decoder(file.bytes);
  const auto damaged = [&] { return file.error(file.bytes.size() - decoder.rest.size(), "the picture is damaged"); };
  if (!ran(decoder.failed, [&] { begin(decoder); })) throw damaged();
  check_png_size(file);
  Picture picture{png_get_image_height(decoder.png, decoder.info), png_get_image_width(decoder.png, decoder.info),
                  png_get_channels(decoder.png, decoder.info)};
  picture.orientation = orientation;
  const auto line = static_cast<std::size_t>(picture.width * picture.channels);
  picture.pixels.resize(line * static_cast<std::size_t>(picture.height));
  const auto read_lines = [&] {
    for (int pass = 0; pass < decoder.passes; ++pass)
      for (std::size_t at = 0; at < picture.pixels.size(); at += line)
        png_read_row(decoder.png, picture.pixels.data() + at, nullptr);
  };
  if (!ran(decoder.failed, read_lines)) throw damaged();
  return picture;
}

}  // namespace wisp::detail
