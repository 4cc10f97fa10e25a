#include <wisp/io/byte_reader.h>

#include <gmock/gmock.h>
#include <zlib.h>

#include <tests/temporary_folder.h>
#include <wisp/core/error.h>

namespace wisp::testing {
namespace {

using detail::ByteReader;

using ::testing::AllOf;
using ::testing::HasSubstr;

// A gzip member with that content.
std::string member(const std::string& content) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string bytes(deflateBound(&stream, content.size()) + 32, '\0'), input = content;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

class GzipFile : public ::testing::Test {
 protected:
  // The whole content, read in pieces of `piece` bytes.
  std::string read(const std::string& bytes, std::size_t piece = 1000) const {
    ByteReader reader(write_bytes(path, bytes));
    std::string content, part(piece, '\0');
    for (;;) {
      const std::size_t count = reader.read(std::as_writable_bytes(std::span(part)));
      content.append(part, 0, count);
      if (count < piece) return content;
    }
  }
  // Reading fails at that offset of the file.
  void expect_error(const std::string& bytes, std::uint64_t offset, const std::string& words) const {
    try {
      read(bytes);
      ADD_FAILURE() << "no error, expected: " << words;
    } catch (const IoError& error) {
      EXPECT_EQ(error.offset(), offset);
      EXPECT_THAT(error.what(), AllOf(HasSubstr(path), HasSubstr(words)));
    }
  }

  TemporaryFolder folder;
  const std::string path = folder / "file.gz";
  const std::string one = member("hello"), two = member(" world"), none = member("");
};

// As gzip does, whose files come padded from tapes and from block devices.
TEST_F(GzipFile, ZerosMayFollow) {
  for (const std::size_t zeros : {1, 2, 511, 65536, 200'000}) {
    const std::string padding(zeros, '\0');
    EXPECT_EQ(read(one + padding), "hello") << zeros;
    EXPECT_EQ(read(one + two + padding, 1), "hello world") << zeros;
    EXPECT_EQ(read(none + padding), "") << zeros;
    EXPECT_EQ(read(one + padding + two), "hello world") << zeros;
  }
}

TEST_F(GzipFile, MembersMayBeManyAndEmpty) {
  EXPECT_EQ(read(one + two), "hello world");
  EXPECT_EQ(read(none), "");
  EXPECT_EQ(read(none + none + one + none + two + none), "hello world");
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += none;
  EXPECT_EQ(read(many + one), "hello") << "a megabyte of nothing";
}

TEST_F(GzipFile, OtherBytesMayNotFollow) {
  expect_error(one + "x", one.size(), "bytes follow the gzip data");
  expect_error(one + raw("\0\0\0x"), one.size() + 3, "bytes follow the gzip data");
  expect_error(one + "\x1f", one.size(), "bytes follow the gzip data");
  expect_error(one + raw("\0\x1f"), one.size() + 1, "bytes follow the gzip data");
  expect_error(one + std::string(70'000, '\0') + "x", one.size() + 70'000, "bytes follow the gzip data");
  expect_error(one + two.substr(0, two.size() - 1), one.size() + two.size() - 1, "ends early");
  expect_error(one.substr(0, one.size() - 4) + std::string(4, '\0'), one.size(), "corrupt");
}

}  // namespace
}  // namespace wisp::testing
