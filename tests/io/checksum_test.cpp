#include <gtest/gtest.h>

#include <wisp/io/checksum.h>

namespace wisp::testing {
namespace {

Tensor bytes(const std::string& text) {
  return Tensor::from({static_cast<std::int64_t>(text.size())}, std::vector<std::uint8_t>(text.begin(), text.end()));
}

// CRC-32's check value, of "123456789" in ASCII.
TEST(Checksum, IsCrc32) { EXPECT_EQ(checksum({bytes("123456789")}), "cbf43926"); }

TEST(Checksum, OfAText) { EXPECT_EQ(detail::text_checksum("123456789"), "cbf43926"); }

TEST(Checksum, OfSeveralTensorsIsThatOfTheirNumbersInARow) {
  EXPECT_EQ(checksum({bytes("1234"), bytes("56789")}), "cbf43926");
  EXPECT_EQ(checksum({}), "00000000");
  EXPECT_NE(checksum({Tensor::ones({2})}), checksum({Tensor::ones({3})}));
}

}  // namespace
}  // namespace wisp::testing
