// What is UTF-8, and what a message shows of what is not.
#include <wisp/core/text.h>

#include <gtest/gtest.h>

namespace wisp::testing {
namespace {

std::string encoded(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 63))};
  if (point < 0x10000) return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
          byte(0x80 | (point & 63))};
}

// Every code point, those beyond the last and the surrogates too, as the bit patterns would have them.
TEST(Text, Utf8Characters) {
  for (std::uint32_t point = 0; point < 0x120000; point += point < 0x20000 ? 1 : 251) {
    const std::string text = encoded(point);
    const bool valid = point < 0x110000 && (point < 0xd800 || point > 0xdfff);
    ASSERT_EQ(utf8_character(text), valid ? text.size() : 0) << std::hex << point;
    ASSERT_EQ(utf8_character(text + "x"), valid ? text.size() : 0) << std::hex << point;
    if (text.size() > 1) {
      ASSERT_EQ(utf8_character(text.substr(0, text.size() - 1)), 0u) << std::hex << point;
      ASSERT_EQ(utf8_character(text.substr(0, text.size() - 1) + "x"), 0u) << std::hex << point;
    }
  }
  for (const char* overlong :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\x80", "\xff"})
    EXPECT_EQ(utf8_character(overlong), 0u);
  EXPECT_EQ(utf8_character(""), 0u);
}

TEST(Text, Printable) {
  EXPECT_EQ(printable("a plain name.png"), "a plain name.png");
  EXPECT_EQ(printable("Z\xc3\xbcrich \xe6\x97\xa5 \xf0\x9f\x98\x80"), "Z\xc3\xbcrich \xe6\x97\xa5 \xf0\x9f\x98\x80");
  EXPECT_EQ(printable("caf\xe9/\xff"), R"(caf\xe9/\xff)");
  EXPECT_EQ(printable("a\nb\rc\td"), R"(a\nb\rc\td)");
  EXPECT_EQ(printable(std::string("\x1b[2J\x7f\0", 6)), R"(\x1b[2J\x7f\x00)");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            R"(\xc2\x9b31m)")
      << "a control character of two bytes";
  EXPECT_EQ(printable("cut \xe6\x97"), R"(cut \xe6\x97)");
  EXPECT_EQ(printable("\u0085\u2028\u2029"), R"(\xc2\x85\xe2\x80\xa8\xe2\x80\xa9)") << "ends of lines";
  EXPECT_EQ(printable(""), "");
}

TEST(Text, Quote) {
  EXPECT_EQ(quote("a\"b\\\n"), R"("a\"b\\\n")");
  EXPECT_EQ(quote(std::string(1000, 'x')), '"' + std::string(100, 'x') + "...\"");
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(printable("abcd\u4e2d", 6), "abcd...");
  EXPECT_EQ(printable("abcd\n\n", 6), "abcd\\n...");
  EXPECT_EQ(printable(std::string(1'000'000, 'x')).size(), 4099u);
}

}  // namespace
}  // namespace wisp::testing
