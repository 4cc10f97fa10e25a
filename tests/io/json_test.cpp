#include <wisp/io/json.h>

#include <limits>
#include <sstream>

#include <gmock/gmock.h>

namespace wisp::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

// "OFFSET: what".
std::string error_of(const std::string& text, const JsonLimits& limits = {}) {
  try {
    parse_json(text, limits);
  } catch (const JsonError& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    EXPECT_LT(std::string(error.what()).size(), 300u);
    return fmt::format("{}: {}", error.offset, error.what());
  }
  return "no error";
}

TEST(Json, IsParsed) {
  EXPECT_EQ(parse_json(R"( {"a": [1, -2.5, true, null, "\u00e9"], "b": {"a": {}}} )"),
            (json{{"a", {1, -2.5, true, nullptr, "\xc3\xa9"}}, {"b", {{"a", json::object()}}}}));
  EXPECT_EQ(parse_json("-0"), 0);
  EXPECT_EQ(parse_json("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(parse_json("18446744073709551616").is_number_float());
  EXPECT_EQ(parse_json("1e-999"), 0.0);
}

// The deepest that is valid, and one more; a million where the parser, too, would have to recurse.
TEST(Json, IsNoDeeperThanTheLimit) {
  const JsonLimits limits{.depth = 3};
  EXPECT_EQ(error_of("[[[1]]]", limits), "no error");
  EXPECT_EQ(error_of("[[[[1]]]]", limits), "3: is nested deeper than 3 levels");
  EXPECT_EQ(error_of(R"({"a":{"b":{"c":1}}})", limits), "no error");
  EXPECT_EQ(error_of(R"({"a":{"b":{"c":{}}}})", limits), "15: is nested deeper than 3 levels");
  EXPECT_EQ(error_of(R"([1,{"a":[{}]}])", limits), "9: is nested deeper than 3 levels");
  EXPECT_EQ(error_of("[[],[[]],[[]],[]]", limits), "no error");
  for (const char* piece : {"[", "{\"a\":", "[{\"a\":", "[0,"}) {
    std::string text = repeated(piece, 200'000);
    text.resize(std::min<std::size_t>(text.size(), 1'000'000));
    EXPECT_THAT(error_of(text), HasSubstr("nested deeper than 16 levels")) << piece;
    EXPECT_THAT(error_of("{\"count\":" + text), HasSubstr("nested deeper than 16 levels")) << piece;
  }
}

TEST(Json, IsNoLargerThanTheLimits) {
  EXPECT_EQ(error_of("[1,2]", {.bytes = 5}), "no error");
  EXPECT_EQ(error_of("[1,2]", {.bytes = 4}), "4: has 5 bytes, at most 4 are read");
  EXPECT_EQ(error_of("[1,2]", {.values = 3}), "no error");
  EXPECT_EQ(error_of("[1,2]", {.values = 2}), "4: has more than 2 values");
  EXPECT_EQ(error_of(R"([{},{"a":1}])", {.values = 5}), "no error");
  EXPECT_EQ(error_of(R"([{},{"a":1}])", {.values = 4}), "10: has more than 4 values");
  EXPECT_EQ(error_of("[[1,2],[1,2]]", {.items = 2}), "no error");
  EXPECT_THAT(error_of("[[1,2],[1,2,3]]", {.items = 2}), HasSubstr("a list of more than 2 items"));
  EXPECT_THAT(error_of("[[],[],[]]", {.items = 2}), HasSubstr("a list of more than 2 items"));
}

TEST(Json, AnErrorKnowsItsMember) {
  try {
    parse_json(R"({"a": {"x": 1}, "b": {"y": [1, 2]}})", {.items = 1});
    ADD_FAILURE();
  } catch (const JsonError& error) {
    EXPECT_EQ(error.member, "b");
  }
}

TEST(Json, OtherTextIsNone) {
  for (const char* text : {"", " ", "{", "[1", "[1,]", "{\"a\"}", "{a:1}", "{} x", "nul", "01", "+1", "1.", "NaN",
                           "'a'", "[1] // one", "\"\\x\"", "\"a\nb\"", "\"\\ud800\""})
    EXPECT_THAT(error_of(text), HasSubstr("is not valid JSON")) << text;
  EXPECT_EQ(error_of("[1,!]"), "3: is not valid JSON");
  for (const char* text : {"\"\xff\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\xff"})
    EXPECT_THAT(error_of(text), HasSubstr("is not valid JSON")) << "not UTF-8";
  for (const char* number : {"1e999", "[-1e999]"})
    EXPECT_THAT(error_of(number), HasSubstr("is not valid JSON: it has a number out of range"));
}

TEST(Json, ZeroBytesAreNoEnd) {
  EXPECT_EQ(error_of(std::string("{}\0{}", 5)), "2: is not valid JSON: it has a zero byte");
  EXPECT_EQ(error_of(std::string("\"a\0b\"", 5)), "2: is not valid JSON: it has a zero byte");
}

TEST(Json, ANameTwiceIsAnError) {
  EXPECT_EQ(error_of(R"({"a":1,"b":{"a":1}})"), "no error");
  EXPECT_EQ(error_of(R"([{"a":1},{"a":1}])"), "no error");
  EXPECT_THAT(error_of(R"({"a":1,"a":1})"), HasSubstr("\"a\" appears twice"));
  EXPECT_THAT(error_of(R"({"a":1,"\u0061":1})"), HasSubstr("\"a\" appears twice"));
  EXPECT_THAT(error_of("{\"" + std::string(1000, 'n') + "\":1,\"" + std::string(1000, 'n') + "\":1}"),
              HasSubstr("nnn...\" appears twice"));
}

template <class T>
std::string read(const std::string& text) {
  T member{};
  try {
    read_json(parse_json(text), "size", member);
  } catch (const Error& error) {
    return error.what();
  }
  std::ostringstream stream;
  stream << std::boolalpha << +member;
  return stream.str();
}

TEST(Json, MembersHaveTypes) {
  EXPECT_EQ(read<std::int64_t>("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(read<std::int64_t>("-0"), "0");
  EXPECT_EQ(read<std::uint64_t>("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(read<int>("2147483647"), "2147483647");
  EXPECT_EQ(read<double>("7"), "7");
  for (const char* text : {"\"28\"", "[28]", "{}", "null", "true", "1.5", "1e3", "9223372036854775808", "1e300"})
    EXPECT_EQ(read<std::int64_t>(text),
              fmt::format("size must be a whole number of 64 bits, given {}", parse_json(text).dump()));
  EXPECT_THAT(read<int>("2147483648"), StartsWith("size must be a whole number of 32 bits, given"));
  EXPECT_THAT(read<std::uint64_t>("-1"), StartsWith("size must be a whole number"));
  for (const char* text : {"\"0.5\"", "[0.5]", "null", "false"})
    EXPECT_EQ(read<double>(text), fmt::format("size must be a number, given {}", text));
  for (const char* text : {"1", "\"true\"", "null", "[true]"})
    EXPECT_EQ(read<bool>(text), fmt::format("size must be true or false, given {}", text));
}

TEST(Json, TextHasNoZeroBytes) {
  std::string text;
  read_json(parse_json("\"a b\""), "data", text);
  EXPECT_EQ(text, "a b");
  const auto message = [&](const std::string& value) {
    try {
      read_json(parse_json(value), "data", text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message("7"), "data must be text, given 7");
  EXPECT_EQ(message("[\"a\"]"), "data must be text, given [\"a\"]");
  EXPECT_EQ(message(R"("a\u0000b")"), R"(data must be text without zero bytes, given "a\u0000b")");
}

TEST(Json, AMemberMayBeMissing) {
  const json object = parse_json(R"({"size": 28, "text": "28", "list": [28]})");
  EXPECT_EQ(member_or(object, "size", 1), 28);
  EXPECT_EQ(member_or(object, "text", 1), 1);
  EXPECT_EQ(member_or(object, "list", 1), 1);
  EXPECT_EQ(member_or(object, "none", 1), 1);
  EXPECT_EQ(member_or(object, "text", std::string()), "28");
  EXPECT_EQ(member_or(object, "size", std::string("?")), "?");
}

TEST(Json, MessagesHaveAShortPieceOfAValue) {
  EXPECT_EQ(shown(json("\n\xff\xc3\xa9")), R"("\n\ufffd\u00e9")");
  EXPECT_EQ(shown(json::parse(fmt::format("[{}1]", repeated("1234567,", 9)))),
            "[1234567,1234567,1234567,1234567,1234567,1234567,1234567,123...");
}

}  // namespace
}  // namespace wisp::testing
