// GIF animations as stb_image reads them, which shares no code with what writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_GIF
#include <stb_image.h>

namespace wisp::testing {

struct Animation {
  int width = 0, height = 0, frames = 0;
  std::vector<int> milliseconds = {};  ///< of every frame
  std::vector<std::uint8_t> rgb = {};  ///< frame after frame
};

inline Animation decode_gif(std::span<const std::byte> gif) {
  Animation result;
  int* delays = nullptr;
  int channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_gif_from_memory(reinterpret_cast<const stbi_uc*>(gif.data()), static_cast<int>(gif.size()), &delays,
                                &result.width, &result.height, &result.frames, &channels, 3),
      stbi_image_free);
  EXPECT_NE(pixels, nullptr) << stbi_failure_reason();
  if (!pixels) return result;
  result.milliseconds.assign(delays, delays + result.frames);
  stbi_image_free(delays);
  result.rgb.assign(pixels.get(), pixels.get() + 3 * result.width * result.height * result.frames);
  return result;
}

}  // namespace wisp::testing
