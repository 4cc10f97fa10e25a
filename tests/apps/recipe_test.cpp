// A recipe goes through a checkpoint's metadata and comes back the same.
#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/recipe.h>

#include <tests/message_of.h>
#include <tests/temporary_folder.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

using apps::Recipe;

// Every member another than it is by itself, and numbers with many digits.
Recipe unusual() {
  Recipe recipe;
  double number = 0.1;
  visit_recipe(recipe, [&]<class T>(const char* name, T& value) {
    number += 1.0 / 3;
    if constexpr (std::is_same_v<T, std::string>)
      value = std::string("other ") + name;
    else
      value = static_cast<T>(std::is_integral_v<T> ? 1000 * number : number);
  });
  return recipe;
}

void expect_same(const Recipe& a, const Recipe& b) {
  visit_recipe(a, [&]<class T>(const char* name, const T& value) {
    visit_recipe(b, [&]<class U>(const char* other_name, const U& other) {
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

TEST(Checkpoint, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  Recipe recipe = unusual();
  recipe.latent = 3;
  recipe.base_channels = 2;
  recipe.image_size = 32;
  recipe.channels = 3;
  recipe.classes = 4;
  recipe.norm = "group";
  recipe.generator_blocks = 1;
  recipe.discriminator_blocks = 2;
  Rng rng(1);
  const apps::Checkpoint written{.recipe = recipe,
                                 .step = 12,
                                 .noise_position = 1'234'567'890'123'456'789,
                                 .generator = models::dcgan_generator(recipe.model(), rng).state_dict(),
                                 .discriminator = models::dcgan_discriminator(recipe.model(), rng).state_dict(),
                                 .generator_ema = {{"0.weight", Tensor::full({3}, 3.0)}},
                                 .generator_optimizer = {{"0.step", Tensor::full({}, 4, DType::i64)}},
                                 .discriminator_optimizer = {{"0.exp_avg", Tensor::full({1}, 5.0)}}};
  save_checkpoint(folder / "a", written);
  const apps::Checkpoint read = apps::load_checkpoint(folder / "a");
  expect_same(read.recipe, written.recipe);
  EXPECT_EQ(read.step, written.step);
  EXPECT_EQ(read.noise_position, written.noise_position);
  EXPECT_EQ(read.generator.at("0.weight").values<float>(), written.generator.at("0.weight").values<float>());
  EXPECT_EQ(read.discriminator.at("2.weight").values<float>(), written.discriminator.at("2.weight").values<float>());
  EXPECT_EQ(read.generator_ema.at("0.weight").values<float>()[0], 3);
  EXPECT_EQ(read.generator_optimizer.at("0.step").item<std::int64_t>(), 4);
  EXPECT_EQ(read.discriminator_optimizer.at("0.exp_avg").item<float>(), 5);
  save_checkpoint(folder / "b", read);
  EXPECT_EQ(read_bytes(folder / "a"), read_bytes(folder / "b"));
}

// Files of format 2 were written before there were labels.
TEST(Checkpoint, OfFormat2HasNoClasses) {
  const TemporaryFolder folder;
  const std::string path = folder / "checkpoint";
  Recipe recipe;
  recipe.base_channels = 2;
  Rng rng(1);
  apps::save_checkpoint(path, {.recipe = recipe,
                               .generator = models::dcgan_generator(recipe.model(), rng).state_dict(),
                               .discriminator = models::dcgan_discriminator(recipe.model(), rng).state_dict()});
  Safetensors file = read_safetensors(path);
  file.metadata.erase("classes");
  file.metadata.erase("transpose");
  file.metadata["format_version"] = "2";
  write_safetensors(path, file);
  expect_same(apps::load_checkpoint(path).recipe, recipe);
}

TEST(Checkpoint, KnowsNumbersThatAreNotFinite) {
  apps::Checkpoint checkpoint{.generator = {{"0.weight", Tensor::full({2, 3}, 1.0)}}};
  EXPECT_TRUE(is_finite(checkpoint));
  checkpoint.generator_optimizer["0.exp_avg"] = Tensor::from({3}, {1.f, std::numeric_limits<float>::infinity(), 2.f});
  EXPECT_FALSE(is_finite(checkpoint));
}

}  // namespace
}  // namespace wisp::testing
