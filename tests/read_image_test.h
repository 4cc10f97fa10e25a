// Files read by read_image.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <wisp/core/rng.h>
#include <wisp/io/image.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {

class ReadImage : public ::testing::Test {
 protected:
  Tensor read(const std::string& bytes) { return read_image(write_bytes(path, bytes)); }
  std::vector<std::uint8_t> values(const std::string& bytes) { return read(bytes).values<std::uint8_t>(); }
  void expect_rejected(const std::string& bytes, const std::string& word) {
    using ::testing::HasSubstr;
    EXPECT_THAT([&] { read(bytes); },
                ::testing::ThrowsMessage<IoError>(::testing::AllOf(HasSubstr(path), HasSubstr(word))));
  }

  // Of `rounds` pictures with some bytes of theirs changed, each is read or rejected, and both happen.
  void expect_read_or_rejected(int rounds, const std::function<std::string(int round)>& damaged) {
    int pictures = 0, errors = 0;
    for (int round = 0; round < rounds; ++round) {
      const std::string bytes = damaged(round);
      try {
        const Tensor image = read(bytes);
        EXPECT_TRUE(image.rank() == 3 && (image.dim(0) == 1 || image.dim(0) == 3) && image.numel() > 0);
        ++pictures;
      } catch (const IoError& error) {
        EXPECT_EQ(error.path(), path);
        ++errors;
      }
    }
    EXPECT_GT(pictures, 50);
    EXPECT_GT(errors, 50);
  }
  // Gives up to `most` of the first `among` bytes any value.
  static void change_bytes(std::string& bytes, std::uint64_t most, std::size_t among, Rng& rng) {
    for (std::uint64_t count = 1 + rng.integer(most); count > 0; --count)
      bytes[rng.integer(among)] = static_cast<char>(rng.integer(256));
  }

  TemporaryFolder folder;
  const std::string path = folder / "picture";
};

}  // namespace wisp::testing
