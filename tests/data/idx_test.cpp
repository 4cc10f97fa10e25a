#include <wisp/data/idx.h>

#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>

#include <tests/temporary_folder.h>
#include <wisp/core/allocator.h>
#include <wisp/io/gzip.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

const std::string six_pixels = raw("\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x03") + "abcdef";

// "abcdef" as 1x2x3 IDX, gzipped by Python: gzip.compress(six_pixels, 9, mtime=0).
const std::string six_pixels_gzip =
    raw("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x63\x60\xe0\x60\x66\x60"
        "\x60\x60\x04\x62\x26\x20\x66\x4e\x4c\x4a\x4e\x49\x4d\x03\x00\x03"
        "\x01\x97\xbc\x16\x00\x00\x00");

class IdxFile : public ::testing::Test {
 protected:
  Tensor read(const std::string& bytes) const { return read_idx(write_bytes(path, bytes)); }

  // Reading the file fails at the offset, with a message that has the path and all the words.
  void expect_error(const std::string& bytes, std::uint64_t offset, std::initializer_list<std::string> words) const {
    try {
      read(bytes);
      ADD_FAILURE() << "no error for " << ::testing::PrintToString(bytes.substr(0, 100));
    } catch (const IoError& error) {
      EXPECT_EQ(error.offset(), offset) << error.what();
      EXPECT_THAT(error.what(), AllOf(HasSubstr(path), Not(HasSubstr("\n"))));
      for (const std::string& word : words) EXPECT_THAT(error.what(), HasSubstr(word));
    }
  }

  TemporaryFolder folder;
  std::string path = folder / "file";
};

TEST_F(IdxFile, ReadsHandMadeBytes) {
  const Tensor images = read(six_pixels);
  EXPECT_EQ(images.shape(), (Shape{1, 2, 3}));
  EXPECT_THAT(images.values<std::uint8_t>(), ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  EXPECT_THAT(read(raw("\0\0\x08\x01\0\0\0\x02\x05\xff")).values<std::uint8_t>(), ElementsAre(5, 255));
  EXPECT_EQ(read(raw("\0\0\x08\x02\0\0\0\0\xff\xff\xff\xff")).shape(), (Shape{0, 0xffffffff}));
}

TEST_F(IdxFile, KnowsGzipByItsContent) {
  EXPECT_THAT(read(six_pixels_gzip).values<std::uint8_t>(), ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  // RFC 1952: several members in a row are their contents in a row.
  detail::write_gzip_atomically(folder / "a", {bytes_of(six_pixels.substr(0, 10))});
  detail::write_gzip_atomically(folder / "b", {bytes_of(six_pixels.substr(10))});
  const std::string two_members = read_bytes(folder / "a") + read_bytes(folder / "b");
  EXPECT_THAT(read(two_members).values<std::uint8_t>(), ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  EXPECT_THAT(read(six_pixels_gzip + std::string(1000, '\0')).values<std::uint8_t>(),
              ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
}

TEST_F(IdxFile, RankFourIsInLogicalOrder) {
  std::vector<std::uint8_t> numbers(2 * 3 * 2 * 5);
  std::iota(numbers.begin(), numbers.end(), std::uint8_t{0});
  write_idx(path, Tensor::from({2, 3, 2, 5}, numbers));
  const std::string bytes = read_bytes(path);
  EXPECT_EQ(bytes.substr(0, 20), raw("\0\0\x08\x04\0\0\0\x02\0\0\0\x03\0\0\0\x02\0\0\0\x05"));
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(bytes[20 + i], static_cast<char>(i));
  const Tensor back = read_idx(path);
  EXPECT_EQ(back.shape(), (Shape{2, 3, 2, 5}));
  EXPECT_EQ(back.values<std::uint8_t>(), numbers);
}

TEST_F(IdxFile, RoundTripsAndTheSameBytesEachTime) {
  for (const char* name : {"a", "b.gz"})
    for (const Shape& shape :
         {Shape{5}, Shape{3, 4}, Shape{2, 3, 7}, Shape{2, 1, 3, 5}, Shape{0, 3}, Shape{300, 400}}) {
      std::vector<std::uint8_t> numbers(static_cast<std::size_t>(shape.numel()));
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint8_t>(i * i / 5);
      write_idx(folder / name, Tensor::from(shape, numbers));
      const std::string bytes = read_bytes(folder / name);
      const Tensor back = read_idx(folder / name);
      EXPECT_EQ(back.shape(), shape);
      EXPECT_EQ(back.values<std::uint8_t>(), numbers);
      write_idx(folder / name, back);
      EXPECT_EQ(read_bytes(folder / name), bytes);
    }
  EXPECT_THAT(folder.names(), ElementsAre("a", "b.gz"));
}

TEST_F(IdxFile, GzipHoldsNoTimeOrName) {
  write_idx(folder / "a.gz", Tensor::zeros({4}, DType::u8));
  EXPECT_EQ(read_bytes(folder / "a.gz").substr(0, 8), raw("\x1f\x8b\x08\0\0\0\0\0"));
  EXPECT_LT(read_bytes(folder / "a.gz").size(), 40u);
}

TEST_F(IdxFile, Mistakes) {
  EXPECT_THAT([&] { write_idx(path, Tensor::zeros({3})); },
              ThrowsMessage<Error>(AllOf(HasSubstr("write_idx"), HasSubstr("f32, expected u8"))));
  EXPECT_THAT([&] { write_idx(path, Tensor::zeros({}, DType::u8)); }, ThrowsMessage<Error>(HasSubstr("rank 0")));
  EXPECT_THAT(
      [&] {
        write_idx(path, Tensor::zeros({1, 1, 1, 1, 1}, DType::u8));
      },
      ThrowsMessage<Error>(HasSubstr("rank 5")));
  EXPECT_THAT(
      [&] {
        write_idx(path, Tensor::zeros({0, std::int64_t{1} << 32}, DType::u8));
      },
      ThrowsMessage<Error>(HasSubstr("2^32")));
  EXPECT_THAT([&] { write_idx(folder / "no/a.gz", Tensor::zeros({1}, DType::u8)); },
              ThrowsMessage<IoError>(HasSubstr("No such file or directory")));
  EXPECT_TRUE(folder.names().empty());
}

TEST_F(IdxFile, NoFile) {
  EXPECT_THAT([&] { read_idx(path); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(path), HasSubstr("No such file or directory"))));
  EXPECT_THAT([&] { read_idx(folder.path()); }, ThrowsMessage<IoError>(HasSubstr("is a directory")));
  EXPECT_THAT([&] { read_idx("/dev/zero"); }, ThrowsMessage<IoError>(HasSubstr("expected a regular file")));
}

TEST_F(IdxFile, WrongMagic) {
  expect_error("", 0, {"empty"});
  expect_error("<!DOCTYPE html>", 0, {"0x3c21444f", "0x00000803", "0x00000801"});
  expect_error(raw("\x03\x08\0\0\0\0\0\0"), 0, {"0x03080000"});
  expect_error(raw("\0\0\x07\x01\0\0\0\0"), 0, {"0x00000701"});
  expect_error(raw("\0\0\x0d\x01\0\0\0\x01\0\0\0\0"), 2, {"type 0x0d", "0x00000d01", "unsigned bytes"});
  expect_error(raw("\0\0\x08\0x"), 3, {"0 dimensions", "1 to 4"});
  expect_error(raw("\0\0\x08\x05\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01x"), 3, {"5 dimensions"});
}

TEST_F(IdxFile, Truncated) {
  for (std::size_t length = 1; length < six_pixels.size(); ++length)
    expect_error(six_pixels.substr(0, length), length, {"truncated"});
  expect_error(six_pixels.substr(0, 18), 18, {"1x2x3 need 6 bytes", "2 are there"});
  expect_error(six_pixels.substr(0, 3), 3, {"magic"});
  expect_error(six_pixels.substr(0, 9), 9, {"dimensions"});
}

TEST_F(IdxFile, TrailingBytes) {
  expect_error(six_pixels + "g", 22, {"bytes follow the 6", "1x2x3"});
  expect_error(six_pixels_gzip + "g", six_pixels_gzip.size(), {"bytes follow the gzip data"});
}

TEST_F(IdxFile, DimensionsBeyondAllBounds) {
  expect_error(raw("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 4,
               {"4294967295x4294967295x4294967295", "more than 4294967296 bytes"});
  expect_error(raw("\0\0\x08\x02\0\x01\0\0\0\x01\0\x01"), 4, {"65536x65537", "more than"});
  expect_error(raw("\0\0\x08\x04\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 4, {"too many elements"});
}

TEST_F(IdxFile, AnAnnouncementAllocatesNothing) {
  release_cached_memory();
  const std::size_t before = allocator_statistics().bytes_held;
  expect_error(raw("\0\0\x08\x01\xff\xff\xff\xff") + "abc", 11, {"truncated", "4294967295 bytes", "3 are there"});
  EXPECT_LE(allocator_statistics().bytes_held, before + (std::size_t{65} << 20));
}

TEST_F(IdxFile, GrowsWithTheFile) {
  // More than the first allocation of 64 MiB.
  const std::int64_t count = (std::int64_t{64} << 20) + 12345;
  Tensor large = Tensor::zeros({count}, DType::u8);
  std::uint8_t* numbers = large.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0; i < count; i += 1000) numbers[i] = static_cast<std::uint8_t>(i / 1000);
  numbers[count - 1] = 77;
  write_idx(folder / "large.gz", large);
  const Tensor back = read_idx(folder / "large.gz");
  ASSERT_EQ(back.shape(), large.shape());
  EXPECT_TRUE(std::equal(numbers, numbers + count, back.data<std::uint8_t>()));
}

TEST_F(IdxFile, CorruptGzip) {
  for (std::size_t length = 2; length < six_pixels_gzip.size(); ++length)
    expect_error(six_pixels_gzip.substr(0, length), length, {"gzip data ends early", "truncated"});
  std::string checksum = six_pixels_gzip, size = six_pixels_gzip, body = six_pixels_gzip, method = six_pixels_gzip;
  checksum[checksum.size() - 8] ^= 1;
  EXPECT_THAT([&] { read(checksum); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(path), HasSubstr("corrupt"), HasSubstr("data check"))));
  size[size.size() - 1] ^= 1;
  EXPECT_THAT([&] { read(size); }, ThrowsMessage<IoError>(AllOf(HasSubstr("corrupt"), HasSubstr("length check"))));
  body[10] = '\x07';  // the reserved block type
  EXPECT_THAT([&] { read(body); }, ThrowsMessage<IoError>(AllOf(HasSubstr("corrupt"), HasSubstr("block type"))));
  method[2] = 9;
  EXPECT_THAT([&] { read(method); }, ThrowsMessage<IoError>(HasSubstr("corrupt")));
}

TEST_F(IdxFile, EveryDamagedByteIsAnErrorOrHarmless) {
  for (const std::string& whole : {six_pixels, six_pixels_gzip})
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
        try {
          EXPECT_LE(read(damaged).numel(), 6);
        } catch (const IoError&) {
        }
      }
}

TEST(Mnist, IsRead) {
  const std::string folder = WISP_SOURCE_DIR "/data/mnist/";
  const Tensor images = read_idx(folder + "train-images-idx3-ubyte.gz");
  EXPECT_EQ(images.shape(), (Shape{60000, 28, 28}));
  const std::uint8_t* pixels = images.data<std::uint8_t>();
  // All expected numbers by Python: gzip and numpy.
  EXPECT_EQ(std::accumulate(pixels, pixels + images.numel(), std::int64_t{0}), 1567298545);
  EXPECT_THAT(std::vector<int>(pixels + 14 * 28 + 10, pixels + 14 * 28 + 18),
              ElementsAre(0, 0, 0, 81, 240, 253, 253, 119));
  EXPECT_EQ(std::accumulate(pixels + images.numel() - 784, pixels + images.numel(), 0), 20920);

  const Tensor labels = read_idx(folder + "t10k-labels-idx1-ubyte.gz");
  EXPECT_EQ(labels.shape(), (Shape{10000}));
  const std::vector<std::uint8_t> numbers = labels.values<std::uint8_t>();
  EXPECT_EQ(numbers.front(), 7);
  EXPECT_EQ(std::accumulate(numbers.begin(), numbers.end(), 0), 44434);
}

}  // namespace
}  // namespace wisp::testing
