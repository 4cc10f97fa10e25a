#include <wisp/io/exif.h>

#include <gtest/gtest.h>

#include <tests/jpeg_file.h>

namespace wisp::testing {
namespace {

TEST(Exif, OrientationsInBothByteOrders) {
  for (const bool little : {true, false})
    for (int orientation = 1; orientation <= 8; ++orientation)
      EXPECT_EQ(detail::orientation_in(orientation_tiff(orientation, little)), orientation);
}

TEST(Exif, UprightWhereItCannotBeTold) {
  const auto in = [](const std::string& tiff) { return detail::orientation_in(tiff); };
  for (const bool little : {true, false}) {
    EXPECT_EQ(in(orientation_tiff(0, little)), 1);
    EXPECT_EQ(in(orientation_tiff(9, little)), 1);
    const std::string good = orientation_tiff(6, little);
    for (std::size_t size = 0; size < 22; ++size) EXPECT_EQ(in(good.substr(0, size)), 1) << size;
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = '\xff';  // offsets, numbers of entries, types and counts out of range among them
      const int found = in(bad);
      EXPECT_TRUE(1 <= found && found <= 8);
    }
    std::string far = good;
    far.replace(4, 4, "\xff\xff\xff\xff");
    EXPECT_EQ(in(far), 1);
  }
}

TEST(Exif, LooksAtNoMoreThanTheEntriesThatAreThere) {
  std::string many = orientation_tiff(6, true);
  many.replace(8, 2, "\xff\xff");
  many.replace(10, 2, "\x0f\x01");  // a tag that is not looked for
  EXPECT_EQ(detail::orientation_in(many), 1);
}

}  // namespace
}  // namespace wisp::testing
