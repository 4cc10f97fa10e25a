// Names of any bytes through JSON, unchanged; and a run whose files have such names.
#include <apps/common/json_text.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <tests/apps/tiny_data.h>
#include <wisp/core/rng.h>

namespace wisp::testing {
namespace {

using namespace apps;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string through_json(const std::string& bytes) {
  const nlohmann::json json = to_json_text(bytes);
  return from_json_text(nlohmann::json::parse(json.dump()).get<std::string>());
}

TEST(JsonText, KeepsEveryByte) {
  EXPECT_EQ(to_json_text("/data/Z\xc3\xbcrich"), "/data/Z\xc3\xbcrich");
  EXPECT_EQ(to_json_text("caf\xe9"),
            "caf\xef\xbf\xbd"
            "e9");
  Rng rng(4);
  const std::vector<std::string> parts{"a",    "e9",  "\xe9", "\xc3\xbc",     "\xef\xbf\xbd",     "\xef\xbf",
                                       "\xbd", "/",   "\n",   "\xed\xa0\x80", "\xf4\x90\x80\x80", "\"",
                                       "\\",   "\x1b"};
  for (int trial = 0; trial < 2000; ++trial) {
    std::string bytes;
    for (int i = 0; i < 6; ++i)
      bytes += parts[static_cast<std::size_t>(rng.integer(static_cast<std::int64_t>(parts.size())))];
    ASSERT_EQ(through_json(bytes), bytes);
  }
}

TEST(JsonText, ReadsWhatOthersWrote) {
  EXPECT_EQ(from_json_text("odd \xef\xbf\xbd"), "odd \xef\xbf\xbd");
  EXPECT_EQ(from_json_text("\xef\xbf\xbd"
                           "x9 \xef\xbf\xbd"
                           "9"),
            "\xef\xbf\xbd"
            "x9 \xef\xbf\xbd"
            "9");
  EXPECT_EQ(from_json_text("\xef\xbf\xbd"
                           "41 \xef\xbf\xbd"
                           "-1"),
            "\xef\xbf\xbd"
            "41 \xef\xbf\xbd"
            "-1")
      << "a byte that needs no escape is never written as one";
  EXPECT_EQ(from_json_text(""), "");
}

class ForeignNames : public ::testing::Test {
 protected:
  ForeignNames() { write_tiny_data(data); }
  Outcome dcgan(const std::string& arguments, const std::string& before = "") {
    return run(folder, "dcgan " + arguments, before);
  }
  TemporaryFolder folder;
  const std::string name = "caf\xe9 'n\x1b\n<b>", data = folder / ("data " + name), out = folder / ("run " + name);
  static std::string quoted(const std::string& path) {
    std::string word = "'";
    for (const char c : path) word += c == '\'' ? "'\\''" : std::string(1, c);
    return word + "'";
  }
};

TEST_F(ForeignNames, ARunIsWholeAndGoesOn) {
  const Outcome trained = dcgan("train --evaluate-every 0 --steps 2 --loss bce --schedule constant --data " +
                                quoted(data) + " --out " + quoted(out) + tiny);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const nlohmann::json config = nlohmann::json::parse(read_bytes(out + "/config.json"));
  EXPECT_EQ(from_json_text(config.at("data").get<std::string>()), data);
  EXPECT_TRUE(fs::exists(out + "/report.html"));
  const Outcome resumed = dcgan("train --steps 4 --quiet --threads 1 --resume " + quoted(out));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(resumed.err, "");
  const Outcome report =
      dcgan("report " + quoted(out) + " " + quoted(out) + " --out " + quoted(out + "/page\xe9.html"));
  ASSERT_EQ(report.exit_code, 0) << report.err;
  EXPECT_EQ(report.out, out + "/page\xe9.html\n") << "a name that is asked for comes out as it is";
  const std::string page = read_bytes(out + "/page\xe9.html");
  EXPECT_THAT(page, HasSubstr(R"(run caf\\xe9 'n\\x1b\\n\u003cb>)"));
  EXPECT_NO_THROW(nlohmann::json(page).dump()) << "not UTF-8";
}

// What repeats the run can be pasted: Bash turns it back into the bytes.
TEST_F(ForeignNames, TheCommandToRepeatARun) {
  ASSERT_EQ(dcgan("train --evaluate-every 0 --steps 1 --data " + quoted(data) + " --out " + (folder / "run") + tiny)
                .exit_code,
            0);
  const std::string page = read_bytes(folder / "run/report.html");
  EXPECT_THAT(page, HasSubstr(R"(data caf\\xe9 \\x27n\\x1b\\x0a\u003cb>')"));
}

TEST_F(ForeignNames, MessagesAreOneLineOfUtf8) {
  for (const std::string& command :
       {"train --resume " + quoted(out), "train --data " + quoted(out), "sample --checkpoint " + quoted(out),
        "report " + quoted(out), "evaluate --checkpoint " + quoted(out), "train --model " + quoted(name),
        "train --seed " + quoted(name), quoted(name), "train " + quoted("--" + name),
        "sample --checkpoint x --out " + quoted(out + "/x")}) {
    const Outcome outcome = dcgan(command);
    expect_rejected(outcome, {});
    EXPECT_NO_THROW(nlohmann::json(outcome.err).dump()) << "not UTF-8: " << outcome.err;
    EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
  }
  EXPECT_THAT(dcgan("report " + quoted(out)).err, HasSubstr(R"(caf\xe9 'n\x1b\n<b>)"));
}

// A limit on the size of files stands for the full disk; the config is written, the checkpoint is not.
TEST_F(ForeignNames, ARunThatCannotBeginLeavesNothing) {
  const std::string start = "train --evaluate-every 0 --steps 1 --data " + quoted(data) + tiny + " --out ";
  expect_rejected(dcgan(start + (folder / "new/run"), "trap '' XFSZ; ulimit -f 8;"), {"run"});
  EXPECT_FALSE(fs::exists(folder / "new"));
  fs::create_directories(folder / "mine");
  expect_rejected(dcgan(start + (folder / "mine"), "trap '' XFSZ; ulimit -f 8;"), {"mine"});
  EXPECT_TRUE(fs::is_empty(folder / "mine"));
  expect_rejected(dcgan("train --resume " + (folder / "mine")), {"mine"});
  EXPECT_TRUE(fs::is_empty(folder / "mine")) << "nor a lock where there is no run";
}

}  // namespace
}  // namespace wisp::testing
