// --transpose: images that lie on their side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <apps/dcgan/report/repeat.h>
#include <wisp/data/dataset.h>
#include <wisp/io/safetensors.h>
#include <nlohmann/json.hpp>

#include <tests/apps/tiny_data.h>

namespace wisp::testing {
namespace {

class Transpose : public ::testing::Test {
 protected:
  Transpose() {
    write_tiny_data(lying);
    std::filesystem::create_directories(upright);
    const Tensor images = load_idx_folder(lying, Split::train, true).images;
    write_idx(upright + "/train-images-idx3-ubyte", images.reshape({images.dim(0), 28, 28}));
  }
  Outcome train(const std::string& options) { return run(folder, "dcgan train --steps 2" + tiny + options); }
  std::string metadata(const std::string& name, const std::string& entry) {
    return read_safetensors(folder / (name + "/checkpoint.safetensors")).metadata.at("own." + entry);
  }

  TemporaryFolder folder;
  const std::string lying = folder / "lying", upright = folder / "upright";
};

TEST_F(Transpose, TrainsOnWhatIsUpright) {
  ASSERT_EQ(train(" --transpose --schedule constant --data " + lying + " --out " + (folder / "a")).exit_code, 0);
  ASSERT_EQ(train(" --schedule constant --data " + upright + " --out " + (folder / "b")).exit_code, 0);
  EXPECT_EQ(read_bytes(folder / "a/samples.png"), read_bytes(folder / "b/samples.png"));
  EXPECT_EQ(metadata("a", "data_checksum"), metadata("b", "data_checksum"));
  EXPECT_EQ(metadata("a", "transpose"), "true");
  EXPECT_EQ(metadata("b", "transpose"), "false");

  const std::string on = "dcgan train --threads 1 --quiet --steps 3 --resume ";
  const Outcome resumed = run(folder, on + (folder / "a"));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  expect_rejected(run(folder, on + (folder / "b") + " --transpose"), {"--transpose true", "began with false"});
}

TEST_F(Transpose, IsForIdxFiles) {
  expect_rejected(train(" --transpose --data shapes --image-size 28 --out " + (folder / "a")), {"transpose", "shapes"});
}

TEST_F(Transpose, IsInTheCommandThatRepeatsARun) {
  EXPECT_EQ(apps::command_to_repeat({{"transpose", true}, {"steps", 5}}, "a"),
            "dcgan train --out a --transpose --steps 5");
}

}  // namespace
}  // namespace wisp::testing
