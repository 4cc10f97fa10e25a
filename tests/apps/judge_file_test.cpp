// Files that promise a judge.
#include <apps/common/judge_file.h>

#include <gmock/gmock.h>

#include <tests/temporary_folder.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// A matrix without columns has no bytes, however many rows it says to have: none of them may be built.
TEST(JudgeFile, BuildsNothingThatTheFileLacks) {
  const TemporaryFolder folder;
  const std::string path = folder / "judge.safetensors";
  for (const Shape& shape : {Shape{1'000'000'000'000, 0}, Shape{0, 1'000'000'000'000}, Shape{10}, Shape{10, 127}}) {
    write_safetensors(path, {.tensors = {{"classifier.0.weight", Tensor::zeros(shape)}},
                             .metadata = {{"network", "judge"}, {"format_version", "1"}, {"data_checksum", "x"}}});
    EXPECT_THAT([&] { apps::load_judge(path); },
                ThrowsMessage<IoError>(HasSubstr("lacks the matrix classifier.0.weight with 128 columns")));
  }
}

TEST(JudgeFile, MetadataAreQuotedShort) {
  const TemporaryFolder folder;
  const std::string path = folder / "judge.safetensors", version = "1\n\x1b[1m" + std::string(1000, 'x');
  write_safetensors(path, {.metadata = {{"network", "judge"}, {"format_version", version}}});
  EXPECT_THAT([&] { apps::load_judge(path); }, ThrowsMessage<IoError>(HasSubstr(R"(it is "1\n\x1b[1mxxx)")));
}

}  // namespace
}  // namespace wisp::testing
