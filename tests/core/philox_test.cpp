// The Philox 4x32-10 block function against the known answers of Random123 (kat_vectors).
#include <gtest/gtest.h>

#include <wisp/core/rng.h>

namespace wisp {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, CounterZeroKeyZero) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
}

TEST(Philox, AllOnes) {
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Philox, DigitsOfPi) {
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformNumbersAreTheUpperBitsOfTheBlocks) {
  // Number 2 i is the first 64 bits of block i, 2 i + 1 the last: the upper 53 of them, as a fraction.
  constexpr std::uint64_t seed = 0x0123456789abcdef;
  Rng rng(seed);
  rng.set_position((std::uint64_t{5} << 32) + 7);
  std::array<double, 4> numbers{};
  rng.uniform(std::span<double>(numbers));
  for (std::uint32_t i = 0; i < 2; ++i) {
    const Words w = philox4x32({7 + i, 5, 0, 0}, {0x89abcdef, 0x01234567});
    const auto fraction = [](std::uint32_t high, std::uint32_t low) {
      return static_cast<double>(((std::uint64_t{high} << 32) | low) >> 11) / 9007199254740992.0;  // 2^53
    };
    EXPECT_EQ(numbers[2 * i], fraction(w[0], w[1]));
    EXPECT_EQ(numbers[2 * i + 1], fraction(w[2], w[3]));
  }
}

}  // namespace
}  // namespace wisp
