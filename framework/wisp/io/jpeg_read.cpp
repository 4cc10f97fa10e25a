#include <cstdio>  // jpeglib.h needs it

#include <optional>

#include <jerror.h>
#include <jpeglib.h>

#include <wisp/io/exif.h>
#include <wisp/io/long_jump.h>
#include <wisp/io/picture.h>

namespace wisp::detail {
namespace {

constexpr long most_memory = 256L << 20;  // 16 Mi pixels of three colours need 96 MiB where there are several scans
constexpr const char* not_read = "the picture is of a kind of JPEG that is not read";

struct Decoder {
  Decoder();
  ~Decoder() { jpeg_destroy_decompress(&jpeg); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf failed{};
  std::int64_t most_scans = 0;
  bool too_many_scans = false;
};

[[noreturn]] void on_error(j_common_ptr jpeg) { std::longjmp(static_cast<Decoder*>(jpeg->client_data)->failed, 1); }

// A warning (a level below 0) says that libjpeg makes pixels up. These do not.
void on_message(j_common_ptr jpeg, int level) {
  switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA: return;
    default:
      if (level < 0) on_error(jpeg);
  }
}

void on_progress(j_common_ptr jpeg) {
  auto& decoder = *static_cast<Decoder*>(jpeg->client_data);
  decoder.too_many_scans = decoder.jpeg.input_scan_number > decoder.most_scans;
  if (decoder.too_many_scans) on_error(jpeg);
}

Decoder::Decoder() {
  jpeg.err = jpeg_std_error(&errors);
  errors.error_exit = on_error;
  errors.emit_message = on_message;
  errors.output_message = [](j_common_ptr) {};
  progress.progress_monitor = on_progress;
  jpeg.client_data = this;
}

// What libjpeg stopped at, in words of our own.
[[noreturn]] void fail_as(const Decoder& decoder, const PictureFile& file) {
  const jpeg_source_mgr* source = decoder.jpeg.src;
  const std::size_t left = source == nullptr ? file.bytes.size() : source->bytes_in_buffer;
  const std::size_t offset = file.bytes.size() - std::min(left, file.bytes.size());
  if (decoder.too_many_scans)
    throw file.error(offset,
                     fmt::format("the picture has more than {} scans, too many for its size", decoder.most_scans));
  switch (decoder.errors.msg_code) {
    case JWRN_JPEG_EOF: throw file.cut_short();
    case JERR_OUT_OF_MEMORY: throw std::bad_alloc();
    case JERR_NO_BACKING_STORE:
      throw file.error(offset, fmt::format("the picture needs more than {} bytes of memory", most_memory));
    case JERR_IMAGE_TOO_BIG:
      throw file.error(offset, fmt::format("the picture has {} x {} pixels, at most {} in a line or column are valid",
                                           decoder.jpeg.image_width, decoder.jpeg.image_height, JPEG_MAX_DIMENSION));
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL: throw file.error(0, not_read);
    default: throw file.error(offset, "the picture is damaged");
  }
}

// A scan visits every block, however few bytes it has. Encoders make fewer than 24 unless asked; each one more must be
// paid for with a byte for every eight blocks.
std::int64_t most_scans(const PictureFile& file, const jpeg_decompress_struct& jpeg) {
  const std::int64_t blocks =
      std::int64_t{(jpeg.image_width + 7) / 8} * ((jpeg.image_height + 7) / 8) * jpeg.num_components;
  return std::min<std::int64_t>(24 + 8 * static_cast<std::int64_t>(file.bytes.size()) / blocks, 100);
}

struct Header {
  std::optional<bool> is_read = {};  // whether the first frame's kind is: Huffman's coding, 8 bits a number
  std::optional<int> orientation = {};
};

// What the segments before the first scan say: ff, a byte that names the segment, its length and content. Damage is
// left to libjpeg, which is not asked to keep segments: it takes memory for each, however small.
// Source: ITU-T T.81, B.1.1.
Header header_of(const PictureFile& file) {
  constexpr unsigned temporary = 0x01, first_frame = 0xc0, last_read = 0xc2, tables = 0xc4, conditioning = 0xcc,
                     last_frame = 0xcf, first_alone = 0xd0, last_alone = 0xd8, end = 0xd9, scan = 0xda, exif = 0xe1;
  constexpr std::string_view exif_start("Exif\0\0", 6);
  const unsigned char* const bytes = file.data();
  const std::size_t size = file.bytes.size();
  Header found;
  std::size_t at = std::min<std::size_t>(2, size);
  while (true) {
    while (at < size && bytes[at] != 0xff) ++at;
    while (at < size && bytes[at] == 0xff) ++at;
    if (size - at < 3) return found;
    const unsigned name = bytes[at++];
    if (name == end || name == scan) return found;
    if (name <= temporary || (first_alone <= name && name <= last_alone)) continue;
    const std::size_t length = std::size_t{bytes[at]} << 8 | bytes[at + 1];
    if (length < 2 || length > size - at) return found;
    const std::string_view content = std::string_view(file.bytes).substr(at + 2, length - 2);
    const bool is_frame = first_frame <= name && name <= last_frame && name != tables && name != conditioning;
    if (is_frame && !found.is_read) found.is_read = name <= last_read && (content.empty() || content[0] == 8);
    if (name == exif && content.starts_with(exif_start) && !found.orientation)
      found.orientation = orientation_in(content.substr(exif_start.size()));
    at += length;
  }
}

J_COLOR_SPACE colours_of(const jpeg_decompress_struct& jpeg) {
  return jpeg.num_components == 1 ? JCS_GRAYSCALE : jpeg.num_components == 3 ? JCS_RGB : JCS_CMYK;
}

// Cyan, magenta, yellow and black, inverted as Adobe's programs store them and everybody has since, to RGB.
void cmyk_to_rgb(Picture& picture) {
  std::uint8_t* out = picture.pixels.data();
  for (std::size_t at = 0; at < picture.pixels.size(); at += 4)
    for (std::size_t c = 0; c < 3; ++c)
      *out++ = static_cast<std::uint8_t>((picture.pixels[at + c] * picture.pixels[at + 3] + 127) / 255);
  picture.channels = 3;
  picture.pixels.resize(picture.pixels.size() / 4 * 3);
}

}  // namespace

Picture read_jpeg(const PictureFile& file) {
  const Header header = header_of(file);
  if (!header.is_read.value_or(true)) throw file.error(0, not_read);
  Decoder decoder;
  jpeg_decompress_struct& jpeg = decoder.jpeg;
  const auto begin = [&] {
    jpeg_create_decompress(&jpeg);
    jpeg.mem->max_memory_to_use = most_memory;
    jpeg_mem_src(&jpeg, file.data(), static_cast<unsigned long>(file.bytes.size()));
    jpeg_read_header(&jpeg, TRUE);
  };
  if (!ran(decoder.failed, begin)) fail_as(decoder, file);
  check_pixels(file, jpeg.image_height, jpeg.image_width);
  if (jpeg.data_precision != 8 || jpeg.num_components == 2 || jpeg.num_components > 4) throw file.error(0, not_read);

  Picture picture{jpeg.image_height, jpeg.image_width, jpeg.num_components};
  picture.orientation = header.orientation.value_or(1);
  const auto line = static_cast<std::size_t>(picture.width * picture.channels);
  picture.pixels.resize(line * static_cast<std::size_t>(picture.height));
  decoder.most_scans = most_scans(file, jpeg);
  jpeg.progress = &decoder.progress;
  jpeg.out_color_space = colours_of(jpeg);
  jpeg.dct_method = JDCT_ISLOW;
  jpeg.do_fancy_upsampling = TRUE;
  jpeg.do_block_smoothing = FALSE;
  const auto read_lines = [&] {
    jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height) {
      JSAMPROW row = picture.pixels.data() + line * jpeg.output_scanline;
      jpeg_read_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_decompress(&jpeg);
  };
  if (!ran(decoder.failed, read_lines)) fail_as(decoder, file);
  if (picture.channels == 4) cmyk_to_rgb(picture);
  return picture;
}

}  // namespace wisp::detail
