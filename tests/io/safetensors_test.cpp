#include <wisp/io/safetensors.h>

#include <cstring>
#include <limits>
#include <string_view>

#include <gmock/gmock.h>

#include <tests/temporary_folder.h>
#include <wisp/core/error.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

std::string file_bytes(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string word(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) word[i] = static_cast<char>(length >> (8 * i) & 0xff);
  return word + header + data;
}

std::string file_bytes(const std::string& header, const std::string& data) {
  return file_bytes(header, data, header.size());
}

class SafetensorsFile : public ::testing::Test {
 protected:
  Safetensors read(const std::string& bytes) const { return read_safetensors(write_bytes(path, bytes)); }

  // Reading the file fails with a message that has the path and all the words.
  void expect_error(const std::string& bytes, std::initializer_list<std::string> words) const {
    try {
      read(bytes);
      ADD_FAILURE() << "no error for " << bytes.substr(0, 300);
    } catch (const IoError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr(path), Not(HasSubstr("\n"))));
      for (const std::string& word : words) EXPECT_THAT(error.what(), HasSubstr(word));
    }
  }
  void expect_error(const std::string& header, const std::string& data,
                    std::initializer_list<std::string> words) const {
    expect_error(file_bytes(header, data), words);
  }

  TemporaryFolder folder;
  std::string path = folder / "file.safetensors";
};

TEST_F(SafetensorsFile, ReadsHandMadeBytes) {
  const std::string header = R"({"__metadata__":{"steps":"10","a\nb":""},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[10,18]},)"
                             R"("a":{"dtype":"BF16","shape":[1,1],"data_offsets":[8,10]},)"
                             R"("big":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                             R"("none":{"dtype":"F64","shape":[3,0],"data_offsets":[18,18]},)"
                             R"("u":{"dtype":"U8","shape":[1,3],"data_offsets":[18,21]}}   )";
  const std::string data =
      raw("\xfe\xff\xff\xff\xff\xff\xff\xff"  // -2
          "\x80\x3f"                          // 1
          "\x00\x00\x00\x3f\x00\x00\x20\xc1"  // 0.5, -10
          "\x00\x7f\xff");
  const Safetensors content = read(file_bytes(header, data));
  EXPECT_EQ(content.metadata, (std::map<std::string, std::string>{{"steps", "10"}, {"a\nb", ""}}));
  ASSERT_EQ(content.tensors.size(), 5u);
  EXPECT_THAT(content.tensors.at("b").values<float>(), ElementsAre(0.5f, -10.0f));
  EXPECT_EQ(content.tensors.at("a").shape(), (Shape{1, 1}));
  EXPECT_EQ(float{content.tensors.at("a").item<bfloat16>()}, 1.0f);
  EXPECT_EQ(content.tensors.at("big").shape(), Shape{});
  EXPECT_EQ(content.tensors.at("big").item<std::int64_t>(), -2);
  EXPECT_EQ(content.tensors.at("none").shape(), (Shape{3, 0}));
  EXPECT_EQ(content.tensors.at("none").dtype(), DType::f64);
  EXPECT_THAT(content.tensors.at("u").values<std::uint8_t>(), ElementsAre(0, 127, 255));
}

TEST_F(SafetensorsFile, WritesExactlyTheseBytes) {
  Safetensors content;
  content.tensors["x"] = Tensor::from<std::uint8_t>({2}, {7, 8});
  content.tensors["y"] = Tensor::from<float>({1}, {1.0f});
  content.metadata["k"] = "v";
  write_safetensors(path, content);
  // The f32 comes first so that it is aligned; the header is padded to a multiple of 8.
  std::string header = R"({"__metadata__":{"k":"v"},"x":{"data_offsets":[4,6],"dtype":"U8","shape":[2]},)"
                       R"("y":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(read_bytes(path), file_bytes(header, raw("\x00\x00\x80\x3f\x07\x08")));
  EXPECT_THAT(folder.names(), ElementsAre("file.safetensors"));
}

TEST_F(SafetensorsFile, FilesAreInLogicalOrder) {
  std::vector<float> numbers(2 * 3 * 2 * 5);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  const Tensor images = Tensor::from({2, 3, 2, 5}, numbers);
  write_safetensors(path, {.tensors = {{"images", images}}});
  const std::string bytes = read_bytes(path);
  std::vector<float> stored(numbers.size());
  std::memcpy(stored.data(), bytes.data() + bytes.size() - 4 * numbers.size(), 4 * numbers.size());
  EXPECT_EQ(stored, numbers);
  EXPECT_EQ(read_safetensors(path).tensors.at("images").values<float>(), numbers);
  EXPECT_EQ(read_safetensors(path).tensors.at("images").data<float>()[1], 10.0f);  // channels-last in memory
}

TEST_F(SafetensorsFile, RoundTripOfEveryDtypeAndOddNames) {
  Safetensors content;
  content.tensors["f64"] = Tensor::from<double>({2, 1, 3, 1}, {1e-300, -0.0, 1.0 / 3, 4, 5, 6});
  content.tensors["f32"] = Tensor::from<float>({1, 2, 1, 2}, {1.5f, -2, 3, std::numeric_limits<float>::infinity()});
  content.tensors["bf16"] = Tensor::from<bfloat16>({2}, {bfloat16(0.1f), bfloat16(-7)});
  content.tensors["i64"] = Tensor::from<std::int64_t>({2}, {std::numeric_limits<std::int64_t>::min(), 3});
  content.tensors["u8"] = Tensor::from<std::uint8_t>({3}, {1, 2, 255});
  content.tensors[""] = Tensor::from<float>({}, {4});
  content.tensors["\"\\\n\u00e9"] = Tensor::zeros({0, 7});
  write_safetensors(path, content);
  const Safetensors back = read_safetensors(path);
  ASSERT_EQ(back.tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    const Tensor& other = back.tensors.at(name);
    ASSERT_EQ(other.dtype(), tensor.dtype()) << name;
    ASSERT_EQ(other.shape(), tensor.shape()) << name;
    visit_dtype(tensor.dtype(), [&, &tensor = tensor]<class T>(T) {
      const auto bits = [](const std::vector<T>& numbers) {
        return std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T));
      };
      const std::vector<T> a = tensor.values<T>(), b = other.values<T>();
      EXPECT_EQ(bits(a), bits(b)) << tensor.shape().to_string();
    });
  }
  const std::string first = read_bytes(path);
  write_safetensors(path, back);
  EXPECT_EQ(read_bytes(path), first);
}

TEST_F(SafetensorsFile, AnEmptyFileOfTensors) {
  write_safetensors(path, {});
  EXPECT_EQ(read_bytes(path), file_bytes("{}      ", ""));
  EXPECT_TRUE(read_safetensors(path).tensors.empty());
}

TEST_F(SafetensorsFile, ReadsAFileOfPyTorch) {
  const Safetensors trace = read_safetensors(WISP_SOURCE_DIR "/tests/golden/dcgan_trace.safetensors");
  EXPECT_EQ(trace.metadata.at("latent"), "16");
  const Tensor& weight = trace.tensors.at("final.discriminator.2.weight");
  ASSERT_EQ(weight.shape(), (Shape{16, 8, 4, 4}));
  // Read with the reference implementation: w[3, 5, 2, 1] and the sum.
  const std::vector<double> numbers = weight.values<double>();
  EXPECT_EQ(numbers[((3 * 8 + 5) * 4 + 2) * 4 + 1], 0.020054874261052683);
  double sum = 0;
  for (const double number : numbers) sum += number;
  EXPECT_NEAR(sum, 1.0500459414912566, 1e-12);
}

TEST_F(SafetensorsFile, MistakesOfTheWriter) {
  EXPECT_THAT(
      [&] {
        write_safetensors(path, {.tensors = {{"w", Tensor{}}}});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("write_safetensors"), HasSubstr("\"w\" is undefined"))));
  EXPECT_THAT(
      [&] {
        write_safetensors(path, {.tensors = {{"__metadata__", Tensor::zeros({1})}}});
      },
      ThrowsMessage<Error>(HasSubstr("\"__metadata__\" is reserved")));
  EXPECT_THAT(
      [&] {
        write_safetensors(path, {.tensors = {{"\xff", Tensor::zeros({1})}}});
      },
      ThrowsMessage<Error>(HasSubstr("UTF-8")));
  EXPECT_THAT([&] { write_safetensors(folder.path(), {}); }, ThrowsMessage<IoError>(HasSubstr("is a directory")));
  EXPECT_TRUE(folder.names().empty());
}

TEST_F(SafetensorsFile, NoFile) {
  EXPECT_THAT([&] { read_safetensors(path); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(path), HasSubstr("No such file or directory"))));
  EXPECT_THAT([&] { read_safetensors(folder.path()); }, ThrowsMessage<IoError>(HasSubstr("is a directory")));
  EXPECT_THAT([&] { read_safetensors("/dev/zero"); }, ThrowsMessage<IoError>(HasSubstr("expected a regular file")));
}

TEST_F(SafetensorsFile, TruncatedFiles) {
  expect_error("", {"truncated", "it has 0 bytes"});
  expect_error("1234567", {"truncated", "it has 7 bytes"});
  expect_error(file_bytes("{}", "", 3), {"truncated", "a header of 3 bytes", "2 bytes are there"});
  expect_error(R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", std::string(15, 'x'),
               {"tensor \"w\"", "beyond the end", "15 bytes"});
}

TEST_F(SafetensorsFile, HeaderLength) {
  expect_error(file_bytes("{}", "", 100'000'001), {"100000001", "at most 100000000"});
  expect_error(file_bytes("{}", "", ~std::uint64_t{0}), {"18446744073709551615", "at most"});
  expect_error(file_bytes("{}", "", ~std::uint64_t{0} - 7), {"at most"});
  expect_error("", "", {"does not begin with '{'"});
}

TEST_F(SafetensorsFile, HeadersThatAreNotJson) {
  for (const char* header : {"{", "{]", "{\"a\"}", "{}}", "{} x", "{\"a\":}", "{\"\xff\":{}}", "{\"a\":nul}"})
    expect_error(header, "", {"not valid JSON"});
  expect_error(R"({"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,0]}})", "", {"not valid JSON", "range"});
  for (const char* header : {"[]", " {}", "null", "\xef\xbb\xbf{}"}) expect_error(header, "", {"begin with '{'"});
  expect_error(raw("{}\0"), "", {"not valid JSON"});
  try {
    read(file_bytes(R"({"a":!})", ""));
  } catch (const IoError& error) {
    EXPECT_EQ(error.offset(), 8u + 5u);
  }
}

TEST_F(SafetensorsFile, HostileNestingAndListsAreCutShort) {
  std::string deep = R"({"a":)";
  deep.append(1'000'000, '[');
  expect_error(deep, "", {"nested"});
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  expect_error(objects, "", {"nested"});
  std::string numbers = R"({"a":{"shape":[0)";
  for (int i = 0; i < 1'000'000; ++i) numbers += ",0";
  expect_error(numbers, "", {"list of more than 8"});
  std::string lists = R"({"a":[[])";
  for (int i = 0; i < 1'000'000; ++i) lists += ",[]";
  expect_error(lists, "", {"list of more than 8"});
}

TEST_F(SafetensorsFile, DuplicateNames) {
  const std::string entry = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  expect_error(R"({"w":)" + entry + R"(,"w":)" + entry + "}", "x", {"\"w\" appears twice"});
  expect_error(R"({"w":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x",
               {"\"dtype\" appears twice"});
}

TEST_F(SafetensorsFile, EntriesOfTheWrongForm) {
  const auto with = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return fmt::format(R"({{"w":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
  };
  expect_error(R"({"w":3})", "", {"tensor \"w\"", "not a JSON object"});
  expect_error(R"({"w":{"shape":[],"data_offsets":[0,1]}})", "x", {"tensor \"w\"", "dtype is missing"});
  expect_error(R"({"w":{"dtype":"U8","data_offsets":[0,1]}})", "x", {"tensor \"w\"", "shape is missing"});
  expect_error(R"({"w":{"dtype":"U8","shape":[]}})", "x", {"tensor \"w\"", "data_offsets is missing"});
  expect_error(R"({"w":{"dtype":"U8","shape":[],"data_offsets":[0,1],"scale":2}})", "x", {"unknown key \"scale\""});
  expect_error(with(R"("F8_E4M3")", "[2]", "[0,2]"), "xx", {"tensor \"w\"", "\"F8_E4M3\" is not supported", "BF16"});
  expect_error(with(R"("f32")", "[1]", "[0,4]"), "xxxx", {"\"f32\" is not supported"});
  expect_error(with("4", "[1]", "[0,2]"), "xx", {"tensor \"w\"", "dtype is not a string"});
  expect_error(with(R"("U8")", "1", "[0,1]"), "x", {"tensor \"w\"", "shape is not a list"});
  expect_error(with(R"("U8")", "[-1]", "[0,1]"), "x", {"tensor \"w\"", "shape", "no integer in"});
  expect_error(with(R"("U8")", "[1.0]", "[0,1]"), "x", {"tensor \"w\"", "shape", "no integer in"});
  expect_error(with(R"("U8")", R"(["1"])", "[0,1]"), "x", {"tensor \"w\"", "shape", "no integer in"});
  expect_error(with(R"("U8")", "[true]", "[0,1]"), "x", {"tensor \"w\"", "shape", "no integer in"});
  expect_error(with(R"("U8")", "[18446744073709551615]", "[0,1]"), "x", {"shape", "no integer in"});
  expect_error(with(R"("U8")", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), "x", {"more than 8 items"});
  expect_error(with(R"("U8")", "[1]", "[0]"), "x", {"tensor \"w\"", "data_offsets has 1 items"});
  expect_error(with(R"("U8")", "[1]", "[0,1,1]"), "x", {"tensor \"w\"", "data_offsets has 3 items"});
  expect_error(with(R"("U8")", "[1]", "[-1,0]"), "x", {"tensor \"w\"", "data_offsets", "no integer in"});
  expect_error(with(R"("U8")", "[1]", "[0,1.5]"), "x", {"tensor \"w\"", "data_offsets", "no integer in"});
  expect_error(with(R"("U8")", "[1]", "[1,0]"), "x", {"tensor \"w\"", "end before they begin"});
  expect_error(with(R"("U8")", "[1]", "[0,9223372036854775807]"), "x", {"tensor \"w\"", "beyond the end"});
}

TEST_F(SafetensorsFile, ShapesThatDoNotFitTheBytes) {
  const auto with_shape = [](const std::string& shape) {
    return R"({"w":{"dtype":"F64","shape":)" + shape + R"(,"data_offsets":[0,16]}})";
  };
  const std::string data(16, 'x');
  expect_error(with_shape("[3]"), data, {"tensor \"w\"", "16 bytes", "3 numbers of 8 bytes"});
  expect_error(with_shape("[0]"), data, {"tensor \"w\"", "0 numbers"});
  expect_error(with_shape("[4294967296,4294967296]"), data, {"tensor \"w\"", "too many elements"});
  // 2^61 + 2 numbers of 8 bytes are 16 bytes modulo 2^64.
  expect_error(with_shape("[2305843009213693954]"), data, {"tensor \"w\"", "2305843009213693954 numbers"});
  expect_error(with_shape("[0,9223372036854775807,9223372036854775807]"), data, {"tensor \"w\""});
}

TEST_F(SafetensorsFile, OverlapsAndGaps) {
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
  };
  EXPECT_EQ(read(file_bytes(two("[4,8]", "[0,4]"), "abcdefgh")).tensors.at("a").values<std::uint8_t>()[0], 'e');
  expect_error(two("[0,4]", "[3,7]"), "1234567", {"tensor \"b\"", "[3, 7] overlap those of \"a\"", "[0, 4]"});
  expect_error(two("[0,4]", "[0,4]"), "1234", {"overlap"});
  expect_error(two("[0,4]", "[5,9]"), "123456789", {"tensor \"b\"", "1 bytes before its data belong to no tensor"});
  expect_error(two("[1,5]", "[5,9]"), "123456789", {"tensor \"a\"", "1 bytes before its data belong to no tensor"});
  expect_error(two("[0,4]", "[4,8]"), "123456789", {"the last 1 bytes", "belong to no tensor"});
  expect_error("{}", "x", {"the last 1 bytes", "belong to no tensor"});
}

TEST_F(SafetensorsFile, Metadata) {
  EXPECT_TRUE(read(file_bytes(R"({"__metadata__":null})", "")).metadata.empty()) << "as the reference reads it";
  expect_error(R"({"__metadata__":[]})", "", {"__metadata__ is not a JSON object"});
  expect_error(R"({"__metadata__":{"epoch":3}})", "", {"__metadata__", "\"epoch\" is not a string"});
}

TEST_F(SafetensorsFile, EveryDamagedByteIsAnErrorOrHarmless) {
  const std::string whole =
      file_bytes(R"({"w":{"dtype":"F32","shape":[1,2,1,2],"data_offsets":[0,16]}})", std::string(16, 'x'));
  int errors = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      try {
        EXPECT_LE(read(damaged).tensors.size(), 1u);
      } catch (const IoError&) {
        ++errors;
      }
    }
  EXPECT_GT(errors, 400);  // all but the name and the numbers
}

TEST_F(SafetensorsFile, MessagesStayShort) {
  try {
    read(file_bytes(R"({")" + std::string(1'000'000, 'n') + R"(\n":3})", ""));
    ADD_FAILURE();
  } catch (const IoError& error) {
    EXPECT_LT(std::string(error.what()).size(), 500u);
  }
}

}  // namespace
}  // namespace wisp::testing
