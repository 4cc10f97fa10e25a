#include <wisp/data/square_picture.h>

#include <algorithm>
#include <vector>

#include <wisp/data/resize.h>

namespace wisp::detail {

void square_picture(const Tensor& picture, std::int64_t size, std::uint8_t* out) {
  constexpr std::int64_t colours = 3;
  check(picture.rank() == 3 && picture.dtype() == DType::u8 && picture.numel() > 0 &&
            (picture.dim(0) == 1 || picture.dim(0) == colours),
        "square_picture: the picture must be u8 C x H x W with C = 1 or 3, given {} {}", name_of(picture.dtype()),
        picture.shape());
  const std::int64_t height = picture.dim(1), width = picture.dim(2), side = std::min(height, width);
  const Tensor square = picture.narrow(1, (height - side) / 2, side).narrow(2, (width - side) / 2, side);
  const BilinearResize resize(side, side, 1, size);
  std::vector<float> resized(static_cast<std::size_t>(size * size)),
      scratch(static_cast<std::size_t>(resize.scratch_size()));
  for (std::int64_t c = 0; c < colours; ++c) {
    if (c < picture.dim(0)) resize(square.data<std::uint8_t>() + c * side * side, resized.data(), scratch.data());
    std::uint8_t* to = out + c;
    for (const float value : resized) {
      *to = static_cast<std::uint8_t>(value + 0.5f);
      to += colours;
    }
  }
}

}  // namespace wisp::detail
