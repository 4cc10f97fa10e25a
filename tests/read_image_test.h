// Files read by read_image.
#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>

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

  TemporaryFolder folder;
  const std::string path = folder / "picture";
};

}  // namespace wisp::testing
