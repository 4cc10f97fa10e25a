// GIF animations as giflib reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include <gif_lib.h>
#include <gtest/gtest.h>

namespace wisp::testing {

struct Animation {
  int width = 0, height = 0, frames = 0;
  std::vector<int> milliseconds = {};  ///< of every frame
  std::vector<std::uint8_t> rgb = {};  ///< frame after frame
};

inline Animation decode_gif(std::span<const std::byte> gif) {
  const auto read = [](GifFileType* file, GifByteType* out, int size) {
    auto& rest = *static_cast<std::span<const std::byte>*>(file->UserData);
    const std::size_t count = std::min(rest.size(), static_cast<std::size_t>(size));
    std::memcpy(out, rest.data(), count);
    rest = rest.subspan(count);
    return static_cast<int>(count);
  };
  const auto close = [](GifFileType* file) { DGifCloseFile(file, nullptr); };
  Animation result;
  const std::unique_ptr<GifFileType, decltype(close)> file(DGifOpen(&gif, read, nullptr), close);
  const bool is_read = file && DGifSlurp(file.get()) == GIF_OK;
  EXPECT_TRUE(is_read);
  if (!is_read) return result;
  result.width = file->SWidth;
  result.height = file->SHeight;
  result.frames = file->ImageCount;
  for (int i = 0; i < result.frames; ++i) {
    GraphicsControlBlock control{};
    DGifSavedExtensionToGCB(file.get(), i, &control);
    result.milliseconds.push_back(10 * control.DelayTime);
    const SavedImage& frame = file->SavedImages[i];
    EXPECT_TRUE(frame.ImageDesc.Width == result.width && frame.ImageDesc.Height == result.height);
    const ColorMapObject* map = frame.ImageDesc.ColorMap ? frame.ImageDesc.ColorMap : file->SColorMap;
    for (int pixel = 0; pixel < result.width * result.height; ++pixel) {
      const GifColorType& colour = map->Colors[frame.RasterBits[pixel]];
      result.rgb.insert(result.rgb.end(), {colour.Red, colour.Green, colour.Blue});
    }
  }
  return result;
}

}  // namespace wisp::testing
