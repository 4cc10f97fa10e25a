// Files with dtypes that no Tensor has, and files of other formats.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include <tests/temporary_folder.h>
#include <wisp/core/error.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string file_bytes(const std::string& header, const std::string& data) {
  std::string word(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) word[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
  return word + header + data;
}

class ForeignFile : public ::testing::Test {
 protected:
  // A tensor of rank 1 with that dtype in the file; its bytes are `data`.
  Tensor read(const std::string& dtype, std::size_t size, const std::string& data, std::size_t header_size = 0) const {
    std::string header = fmt::format(R"({{"w":{{"dtype":"{}","shape":[{}],"data_offsets":[0,{}]}}}})", dtype,
                                     data.size() / size, data.size());
    header.resize(std::max(header.size(), header_size), ' ');
    return read_safetensors(write_bytes(path, file_bytes(header, data))).tensors.at("w");
  }
  std::string message(const std::string& bytes) const {
    try {
      read_safetensors(write_bytes(path, bytes));
    } catch (const IoError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr(path), Not(HasSubstr("\n"))));
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder;
  const std::string path = folder / "file.safetensors";
};

// Every one of the 65,536 numbers, by IEEE 754's formula: (-1)^s 2^(e - 15) (1 + m / 1024).
TEST_F(ForeignFile, HalfPrecisionIsReadExactly) {
  std::string data;
  for (unsigned bits = 0; bits < 65536; ++bits) {
    data += static_cast<char>(bits & 0xff);
    data += static_cast<char>(bits >> 8);
  }
  const Tensor tensor = read("F16", 2, data);
  ASSERT_EQ(tensor.dtype(), DType::f32);
  const std::vector<float> numbers = tensor.values<float>();
  for (int bits = 0; bits < 65536; ++bits) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double expected = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) expected = mantissa == 0 ? INFINITY : NAN;
    const float number = numbers[static_cast<std::size_t>(bits)];
    ASSERT_EQ(std::signbit(number), bits >= 32768) << bits;
    if (std::isnan(expected))
      ASSERT_TRUE(std::isnan(number)) << bits;
    else
      ASSERT_EQ(std::abs(static_cast<double>(number)), expected) << bits;
  }
}

// Lengths whose first bytes are those of a pickle, 0x80 0x02 to 0x80 0x05, of a zip file and of gzip.
TEST_F(ForeignFile, AHeaderMayHaveAnyLength) {
  for (const std::size_t length : {0x280, 0x380, 0x480, 0x580, 0x4b50, 0x8b1f, 0x10280})
    EXPECT_THAT(read("F16", 2, raw("\x00\x3c\x00\xc0"), length).values<float>(), ElementsAre(1.0f, -2.0f)) << length;
}

TEST_F(ForeignFile, ADamagedSafetensorsFileIsNoOtherFormat) {
  for (const std::string& length :
       {raw("\x80\x02\0\0\0\0\0\0"), raw("\x1f\x8b\0\0\0\0\0\0"), raw("PK\x03\x04\0\0\0\0")})
    EXPECT_THAT(message(length + "{\"w\":{\"dtype\":"), Not(AnyOf(HasSubstr("torch.save"), HasSubstr("gzip"))));
}

TEST_F(ForeignFile, IntegersBecomeI64) {
  const auto expect = [&](const char* dtype, std::size_t size, const std::string& data, std::vector<std::int64_t> all) {
    const Tensor tensor = read(dtype, size, data);
    ASSERT_EQ(tensor.dtype(), DType::i64) << dtype;
    EXPECT_EQ(tensor.values<std::int64_t>(), all) << dtype;
  };
  expect("I8", 1, raw("\x00\x7f\x80\xff"), {0, 127, -128, -1});
  expect("I16", 2, raw("\xff\x7f\x00\x80\xfe\xff"), {32767, -32768, -2});
  expect("U16", 2, raw("\xff\x7f\x00\x80\xfe\xff"), {32767, 32768, 65534});
  expect("I32", 4, raw("\xff\xff\xff\x7f\x00\x00\x00\x80"), {2147483647, -2147483648ll});
  expect("U32", 4, raw("\xff\xff\xff\x7f\x00\x00\x00\x80"), {2147483647, 2147483648ll});
  expect("U64", 8, raw("\xff\xff\xff\xff\xff\xff\xff\x7f"), {std::numeric_limits<std::int64_t>::max()});
  const Tensor flags = read("BOOL", 1, raw("\x01\x00\x01"));
  EXPECT_EQ(flags.dtype(), DType::u8);
  EXPECT_THAT(flags.values<std::uint8_t>(), ElementsAre(1, 0, 1));
}

TEST_F(ForeignFile, AnImageOfAnyDtypeIsChannelsLastInMemory) {
  const std::string header = R"({"w":{"dtype":"I8","shape":[1,2,1,3],"data_offsets":[0,6]}})";
  const Tensor image = read_safetensors(write_bytes(path, file_bytes(header, "\1\2\3\4\5\6"))).tensors.at("w");
  EXPECT_THAT(image.values<std::int64_t>(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(image.data<std::int64_t>()[1], 4);
}

TEST_F(ForeignFile, NumbersOutOfRangeAreNamed) {
  const std::string header = R"({"w":{"dtype":"U64","shape":[2],"data_offsets":[0,16]}})";
  const std::string message = this->message(file_bytes(header, raw("\x01\0\0\0\0\0\0\0\x00\0\0\0\0\0\0\x80")));
  EXPECT_THAT(message, AllOf(HasSubstr("tensor \"w\""), HasSubstr("U64"), HasSubstr("i64")));
  EXPECT_THAT(message, HasSubstr(fmt::format("offset {}", 8 + header.size() + 8)));
}

TEST_F(ForeignFile, WhatIsReadIsWrittenAsItWasConverted) {
  write_safetensors(path, {.tensors = {{"w", read("F16", 2, raw("\x00\x3c"))}}});
  EXPECT_THAT(read_bytes(path), HasSubstr(R"("dtype":"F32")"));
}

TEST_F(ForeignFile, OtherDtypesAreNamedWithThoseThatAreRead) {
  for (const char* dtype : {"F8_E4M3", "F8_E5M2", "F4", "C64", "f32", ""})
    EXPECT_THAT(
        message(file_bytes(fmt::format(R"({{"w":{{"dtype":"{}","shape":[1],"data_offsets":[0,1]}}}})", dtype), "x")),
        AllOf(HasSubstr("tensor \"w\""), HasSubstr(fmt::format("\"{}\" is not supported", dtype)),
              HasSubstr("F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL")));
}

TEST_F(ForeignFile, ARankTooHighIsNamed) {
  EXPECT_THAT(message(file_bytes(R"({"w":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", "x")),
              AllOf(HasSubstr("tensor \"w\""), HasSubstr("a list of more than 8 items")));
}

TEST_F(ForeignFile, OtherFormatsAreRecognised) {
  const std::string rest(1000, 'x');
  for (const std::string& start : {raw("PK\x03\x04\0\0"), raw("PK\x03\x04\0\0\0\0"),
                                   raw("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19"), raw("\x80\x05\x95")})
    EXPECT_THAT(message(start + rest), AllOf(HasSubstr("torch.save"), HasSubstr("safetensors.torch.save_file")));
  EXPECT_THAT(message("\x89HDF\r\n\x1a\n" + rest), HasSubstr("HDF5"));
  EXPECT_THAT(message("\x93NUMPY\x01" + rest), HasSubstr("NumPy"));
  EXPECT_THAT(message(raw("GGUF\x03\0\0\0") + rest), HasSubstr("GGUF"));
  EXPECT_THAT(message("GGUF" + raw("\x03\0\0\0{\0\0\0\0\0\0\0") + rest), HasSubstr("GGUF")) << "123 tensors";
  EXPECT_THAT(message("\x1f\x8b\x08" + rest), HasSubstr("gzip"));
  EXPECT_THAT(message("{\"a\": 1}" + rest), HasSubstr("no safetensors file"));
}

}  // namespace
}  // namespace wisp::testing
