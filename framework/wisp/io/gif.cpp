#include <wisp/io/gif.h>

#include <memory>

#include <gif_lib.h>

#include <wisp/core/error.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/picture_name.h>

namespace wisp {
namespace {

constexpr std::int64_t max_pixels = std::int64_t{512} << 20, max_side = 65535;
constexpr int palette_size = 256;

// Frames as numbers of colours.
struct Indexed {
  std::vector<GifColorType> palette = std::vector<GifColorType>(palette_size);
  std::vector<GifByteType> pixels = {};  // of all frames, one below the other
};

Indexed indexed_grey(const Tensors& frames) {
  Indexed result;
  for (int i = 0; i < palette_size; ++i) {
    const auto shade = static_cast<GifByteType>(i);
    result.palette[static_cast<std::size_t>(i)] = {shade, shade, shade};
  }
  for (const Tensor& frame : frames) {
    const auto* data = frame.data<std::uint8_t>();
    result.pixels.insert(result.pixels.end(), data, data + frame.numel());
  }
  return result;
}

Indexed indexed_colours(const Tensors& frames) {
  std::vector<GifByteType> planes[3];
  for (const Tensor& frame : frames) {
    const auto* data = frame.data<std::uint8_t>();
    for (std::int64_t i = 0; i < frame.numel(); ++i) planes[i % 3].push_back(data[i]);
  }
  Indexed result;
  result.pixels.resize(planes[0].size());
  int colours = palette_size;
  const auto width = static_cast<unsigned>(frames[0].dim(1)), height = static_cast<unsigned>(planes[0].size()) / width;
  check(GifQuantizeBuffer(width, height, &colours, planes[0].data(), planes[1].data(), planes[2].data(),
                          result.pixels.data(), result.palette.data()) == GIF_OK,
        "encode_gif: no palette can be found for {} frames of {}", frames.size(), frames[0].shape());
  return result;
}

int append(GifFileType* file, const GifByteType* data, int size) {
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  auto& out = *static_cast<std::vector<std::byte>*>(file->UserData);
  out.insert(out.end(), begin, begin + size);
  return size;
}

// NETSCAPE2.0: the application extension that viewers take the number of rounds from; 0 is for ever.
bool put_loop(GifFileType* file) {
  constexpr GifByteType rounds[] = {1, 0, 0};
  return EGifPutExtensionLeader(file, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
         EGifPutExtensionBlock(file, 11, "NETSCAPE2.0") == GIF_OK && EGifPutExtensionBlock(file, 3, rounds) == GIF_OK &&
         EGifPutExtensionTrailer(file) == GIF_OK;
}

bool put_frame(GifFileType* file, GifByteType* pixels, int width, int height, int delay) {
  const GraphicsControlBlock control{DISPOSE_DO_NOT, false, delay, NO_TRANSPARENT_COLOR};
  GifByteType bytes[4];
  const auto size = static_cast<int>(EGifGCBToExtension(&control, bytes));
  return EGifPutExtension(file, GRAPHICS_EXT_FUNC_CODE, size, bytes) == GIF_OK &&
         EGifPutImageDesc(file, 0, 0, width, height, false, nullptr) == GIF_OK &&
         EGifPutLine(file, pixels, width * height) == GIF_OK;
}

void check_frames(const Tensors& frames, const GifOptions& options) {
  check(!frames.empty(), "encode_gif: no frames were given, at least one is expected");
  check(2 <= options.delay && options.delay <= 65535,
        "encode_gif: delay is {}, expected 2 to 65535 hundredths of a second", options.delay);
  const Shape& shape = frames[0].shape();
  check(shape.rank() == 3 && (shape[2] == 1 || shape[2] == 3) && shape.numel() > 0 && shape[0] <= max_side &&
            shape[1] <= max_side,
        "encode_gif: frame has shape {}, expected H x W x C with H and W up to {}, C = 1 or 3 and nothing empty", shape,
        max_side);
  for (const Tensor& frame : frames)
    check(frame.dtype() == DType::u8 && frame.shape() == shape,
          "encode_gif: frame is {} {}, expected u8 {} as the first", name_of(frame.dtype()), frame.shape(), shape);
  check(static_cast<std::int64_t>(frames.size()) <= max_pixels / shape.numel(),
        "encode_gif: {} frames of {} were given, at most {} bytes of pixels fit", frames.size(), shape, max_pixels);
}

}  // namespace

std::vector<std::byte> encode_gif(const Tensors& frames, const GifOptions& options) {
  check_frames(frames, options);
  Indexed indexed = frames[0].dim(2) == 1 ? indexed_grey(frames) : indexed_colours(frames);
  const int height = static_cast<int>(frames[0].dim(0)), width = static_cast<int>(frames[0].dim(1));
  const auto close = [](GifFileType* open) { EGifCloseFile(open, nullptr); };
  const std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)> map(
      GifMakeMapObject(palette_size, indexed.palette.data()), GifFreeMapObject);
  std::vector<std::byte> bytes;
  std::unique_ptr<GifFileType, decltype(close)> file(EGifOpen(&bytes, append, nullptr), close);
  bool good = map != nullptr && file != nullptr;
  if (good) {
    EGifSetGifVersion(file.get(), true);
    good = EGifPutScreenDesc(file.get(), width, height, 8, 0, map.get()) == GIF_OK && put_loop(file.get());
  }
  GifByteType* pixels = indexed.pixels.data();
  for (std::size_t i = 0; good && i < frames.size(); ++i, pixels += width * height)
    good = put_frame(file.get(), pixels, width, height, options.delay);
  if (good) good = EGifCloseFile(file.release(), nullptr) == GIF_OK;
  if (!good) throw std::bad_alloc();  // memory is all that can fail here
  return bytes;
}

void write_gif(const std::string& path, const Tensors& frames, const GifOptions& options) {
  check_picture_name("write_gif", path, ".gif");
  write_file_atomically(path, encode_gif(frames, options));
}

}  // namespace wisp
