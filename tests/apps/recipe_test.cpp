// A recipe goes through a checkpoint's metadata and comes back the same.
#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

#include <apps/dcgan/training.h>

#include <tests/message_of.h>
#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using apps::Recipe;
using apps::Training;

// Every member another than it is by itself, and numbers with many digits.
Recipe unusual() {
  Recipe recipe;
  double number = 0.1;
  visit_recipe(recipe, [&]<class T>(const char* name, T& value, auto) {
    number += 1.0 / 3;
    if constexpr (std::is_same_v<T, std::string>)
      value = std::string("other ") + name;
    else if constexpr (std::is_enum_v<T>)
      value = static_cast<T>(static_cast<int>(value) == 0);
    else if constexpr (std::is_integral_v<T>)
      value = static_cast<T>(1000 * number);
    else
      value = number;
  });
  return recipe;
}

void expect_same(const Recipe& a, const Recipe& b) {
  visit_recipe(a, [&]<class T>(const char* name, const T& value, auto) {
    visit_recipe(b, [&]<class U>(const char* other_name, const U& other, auto) {
      if constexpr (std::is_same_v<T, U>) {
        EXPECT_TRUE(value == other || std::string(name) != other_name) << name;
      }
    });
  });
}

TEST(Recipe, IsReadAsItWasWritten) {
  expect_same(apps::recipe_from(to_metadata(unusual())), unusual());
  expect_same(apps::recipe_from(to_metadata(Recipe{})), Recipe{});
}

TEST(Recipe, EveryMemberMustBeThere) {
  for (const auto& [name, value] : to_metadata(unusual())) {
    auto metadata = to_metadata(unusual());
    metadata.erase(name);
    EXPECT_EQ(message_of([&] { apps::recipe_from(metadata); }), "the metadata lack " + name);
  }
  auto metadata = to_metadata(unusual());
  metadata["batch"] = "many";
  EXPECT_EQ(message_of([&] { apps::recipe_from(metadata); }),
            "the metadata's batch should be a number, it is \"many\"");
}

// Of images of 32 x 32 in colour with labels, some steps on.
struct SmallTraining {
  SmallTraining() {
    recipe.model = {.latent = 3,
                    .base_channels = 2,
                    .image_size = 32,
                    .channels = 3,
                    .norm = models::Norm::spectral,
                    .generator_blocks = 1,
                    .discriminator_blocks = 2,
                    .classes = 4};
    recipe.schedule.steps = 10;
    recipe.batch = 4;
  }
  Batch batch(std::uint64_t seed) const {
    Rng rng(seed);
    return {Tensor::rand({4, 3, 32, 32}, rng), Tensor::from({4}, std::vector<std::int64_t>{0, 3, 1, 3})};
  }
  void train(Training& training, std::int64_t from, std::int64_t to) const {
    for (std::int64_t i = from; i < to; ++i) training.step(batch(static_cast<std::uint64_t>(i)), false);
  }

  Recipe recipe;
};

std::string bytes_of(Training& training, const TemporaryFolder& folder) {
  write_safetensors(folder / "bytes", training.checkpoint());
  return read_bytes(folder / "bytes");
}

// The file as versions before the format 4 wrote it.
Safetensors in_format(const std::string& version, const Safetensors& checkpoint) {
  Safetensors old{checkpoint.tensors, checkpoint_metadata(checkpoint)};
  old.metadata["format_version"] = version;
  old.metadata["step"] = checkpoint.metadata.at("step.value");
  old.metadata["noise_position"] = checkpoint.metadata.at("noise.position");
  if (version == "2")  // from before there were labels
    for (const char* later : {"classes", "transpose"}) old.metadata.erase(later);
  return old;
}

TEST(Checkpoint, TrainingGoesOnFromIt) {
  const TemporaryFolder folder;
  SmallTraining small;
  Training straight(small.recipe), begun(small.recipe), resumed(small.recipe), old(small.recipe);
  small.train(straight, 0, 6);
  small.train(begun, 0, 3);
  write_safetensors(folder / "a", begun.checkpoint());
  const Safetensors file = read_safetensors(folder / "a");
  expect_same(apps::recipe_of(file), small.recipe);
  EXPECT_EQ(apps::step_of(file), 3);
  resumed.restore(file);
  old.restore(in_format("3", file));
  for (Training* training : {&resumed, &old}) {
    EXPECT_EQ(training->steps_done(), 3);
    small.train(*training, 3, 6);
    EXPECT_TRUE(bytes_of(*training, folder) == bytes_of(straight, folder));
  }
}

TEST(Checkpoint, OfFormat2HasNoClasses) {
  SmallTraining small;
  small.recipe.model.classes = 0;
  Training training(small.recipe);
  const Safetensors old = in_format("2", training.checkpoint());
  expect_same(apps::recipe_of(old), small.recipe);
  EXPECT_EQ(apps::step_of(old), 0);
  EXPECT_NO_THROW(training.restore(old));
}

TEST(Checkpoint, OthersAreRefused) {
  SmallTraining small;
  const Safetensors good = Training(small.recipe).checkpoint();
  const auto message = [&](const char* name, const char* value) {
    Safetensors bad = good;
    bad.metadata[name] = value;
    return message_of([&] { apps::recipe_of(bad); });
  };
  EXPECT_EQ(message("own.format", "other"), "not a DCGAN checkpoint: its metadata should say format = wisp.dcgan");
  EXPECT_NE(message("own.format_version", "5").find("newer version"), std::string::npos);
  EXPECT_NE(message("own.base_channels", "1024").find("generator.0.weight"), std::string::npos);
  EXPECT_NE(message("own.loss", "love").find("love is not a loss"), std::string::npos);
  EXPECT_NE(message_of([] {
              apps::recipe_of({.metadata = {{"format", "pt"}}});
            }).find("not a DCGAN checkpoint"),
            std::string::npos);
}

TEST(Checkpoint, KnowsNumbersThatAreNotFinite) {
  Safetensors checkpoint{.tensors = {{"generator.0.weight", Tensor::full({2, 3}, 1.0)}}};
  EXPECT_TRUE(apps::is_finite(checkpoint));
  checkpoint.tensors["discriminator_optimizer.0.exp_avg"] =
      Tensor::from({3}, {1.f, std::numeric_limits<float>::infinity(), 2.f});
  EXPECT_FALSE(apps::is_finite(checkpoint));
}

}  // namespace
}  // namespace wisp::testing
