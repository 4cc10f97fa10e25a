#include <wisp/core/printable.h>

#include <gtest/gtest.h>

namespace wisp::testing {
namespace {

TEST(Printable, TextOnOneLine) {
  EXPECT_EQ(printable("a.b/c d~"), "a.b/c d~");
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("a\nb\r\t\x1b[1m\x7f\"\\"), R"(a\nb\r\t\x1b[1m\x7f\"\\)");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), R"(\x00x)");
  EXPECT_EQ(quote("a\"b"), R"("a\"b")");
}

TEST(Printable, Utf8StaysAndOtherBytesAreNamed) {
  for (const char* text : {"\u00e9", "\u4e2d\u6587", "\U0001f600", "\u00a0", "\ufffd", "\u07ff\u0800\uffff"})
    EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable("caf\xe9"), R"(caf\xe9)");
  EXPECT_EQ(printable("\xc3"), R"(\xc3)") << "cut short";
  EXPECT_EQ(printable("\xe4\xb8z"), R"(\xe4\xb8z)");
  EXPECT_EQ(printable("\xc0\xaf"), R"(\xc0\xaf)") << "longer than need be";
  EXPECT_EQ(printable("\xe0\x9f\xbf"), R"(\xe0\x9f\xbf)");
  EXPECT_EQ(printable("\xed\xa0\x80"), R"(\xed\xa0\x80)") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), R"(\xf4\x90\x80\x80)") << "beyond U+10FFFF";
  EXPECT_EQ(printable("\u0085\u2028"), R"(\xc2\x85\xe2\x80\xa8)") << "ends of lines";
}

TEST(Printable, IsCutBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(printable("abcd\u4e2d", 6), "abcd...");
  EXPECT_EQ(printable("abcd\n\n", 6), "abcd\\n...");
  EXPECT_EQ(printable(std::string(1'000'000, 'x')).size(), 103u);
}

}  // namespace
}  // namespace wisp::testing
