// Checkpoints of named parts: a loop of one's own goes on to the same bits; what does not fit changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/temporary_folder.h>
#include <wisp/wisp.h>

namespace wisp::testing {

// A type that joins by two functions.
struct Best {
  double loss = 1e9;
};
CheckpointState checkpoint_state(const Best& best) { return {"Best", {}, {{"loss", fmt::format("{}", best.loss)}}}; }
void load_checkpoint_state(Best& best, const CheckpointState& state) {
  best.loss = read_metadata<double>(state.values, "loss");
}

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A small loop with everything that has a state: noise, dropout-like random numbers, batch norm, Adam's moments, an
// average, a learning rate that changes, shuffled data.
struct Loop {
  explicit Loop(std::uint64_t seed)
      : rng(seed),
        network(nn::Linear(9, 6, rng), nn::BatchNorm1d(6), nn::LeakyReLU(0.1), nn::Linear(6, 2, rng)),
        average(network.clone()),
        optimizer(network.parameters(), {.lr = 0.01}),
        loader(
            [] {
              Rng of_data(5);
              return ImageDataset{(Tensor::rand({20, 1, 3, 3}, of_data) * 255.0).to(DType::u8)};
            }(),
            {.batch_size = 4, .shuffle = true, .seed = 3}),
        stream(loader) {}

  void train(int steps) {
    for (int i = 0; i < steps; ++i) {
      const Tensor x = stream.next().images.reshape({4, 9}) + Tensor::randn({4, 9}, rng) * 0.1;
      const Tensor loss = mean(square(network(x)));
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      optim::ema_update(average->parameters(), network.parameters(), 0.9);
      optimizer.set_lr(optimizer.lr() * 0.97);
      best.loss = std::min(best.loss, static_cast<double>(loss.item<float>()));
      ++step;
    }
  }

  CheckpointParts parts() {
    return {{"network", network}, {"average", *average}, {"optimizer", optimizer}, {"rng", rng}, {"batches", stream},
            {"best", best},       {"step", step}};
  }

  Rng rng;
  nn::Sequential network;
  std::shared_ptr<nn::Module> average;
  optim::Adam optimizer;
  DataLoader loader;
  BatchStream stream;
  Best best;
  std::int64_t step = 0;
};

std::string bytes_of(Loop& loop) {
  const TemporaryFolder folder;
  save_checkpoint(folder / "now", loop.parts());
  return read_bytes(folder / "now");
}

TEST(Checkpoint, ALoopGoesOnToTheSameBits) {
  const TemporaryFolder folder;
  Loop whole(1);
  whole.train(17);
  Loop first(1);
  for (const int steps : {3, 7, 1}) {
    first.train(steps);
    save_checkpoint(folder / "run", first.parts(), {{"recipe", "small"}});
    Loop next(9);
    EXPECT_EQ(load_checkpoint(folder / "run", next.parts()).at("recipe"), "small");
    EXPECT_EQ(bytes_of(next), bytes_of(first));
  }
  Loop last(9);
  load_checkpoint(folder / "run", last.parts());
  last.train(6);
  EXPECT_EQ(last.step, 17);
  EXPECT_TRUE(bytes_of(last) == bytes_of(whole));
}

TEST(Checkpoint, ThatDoesNotFitChangesNothing) {
  const TemporaryFolder folder;
  const std::string path = folder / "run";
  Loop loop(1);
  loop.train(2);
  save_checkpoint(path, loop.parts());
  const Safetensors good = read_safetensors(path);
  Loop other(2);
  other.train(1);
  const std::string before = bytes_of(other);
  const auto refusal = [&](const Safetensors& content, const CheckpointParts& parts) -> std::string {
    write_safetensors(path, content);
    try {
      load_checkpoint(path, parts);
    } catch (const IoError& error) {
      EXPECT_TRUE(bytes_of(other) == before) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(path));
      return error.what();
    }
    return "no error";
  };
  const auto changed = [&](const std::function<void(Safetensors&)>& change) {
    Safetensors content = good;
    change(content);
    return refusal(content, other.parts());
  };
  EXPECT_THAT(changed([](Safetensors& f) { f.tensors.erase("average.0.weight"); }),
              AllOf(HasSubstr("part average"), HasSubstr("0.weight")));
  EXPECT_THAT(changed([](Safetensors& f) { f.tensors["optimizer.0.exp_avg"] = Tensor::ones({1}); }),
              AllOf(HasSubstr("part optimizer"), HasSubstr("exp_avg")));
  EXPECT_THAT(changed([](Safetensors& f) { f.tensors["surplus"] = Tensor::ones({1}); }), HasSubstr("surplus"));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata.erase("part.rng"); }), HasSubstr("no part rng"));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata["part.more"] = "Rng"; }), HasSubstr("more is unexpected"));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata["part.optimizer"] = "SGD"; }),
              AllOf(HasSubstr("\"SGD\""), HasSubstr("\"Adam\"")));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata["optimizer.lr"] = "-1"; }), HasSubstr("lr"));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata["rng.position"] = "many"; }), HasSubstr("\"many\""));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata["batches.index"] = "99"; }), HasSubstr("batch 99"));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata["batches.seed"] = "4"; }), HasSubstr("seed 4"));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata.erase("step.value"); }),
              AllOf(HasSubstr("part step"), HasSubstr("lack value")));
  EXPECT_THAT(changed([](Safetensors& f) { f.metadata["format"] = "wisp.model"; }), HasSubstr("wisp.checkpoint"));
  for (const char* version : {"2", "0", "-1", "nonsense"})
    EXPECT_THAT(changed([&](Safetensors& f) { f.metadata["format_version"] = version; }), HasSubstr("format_version"));
  CheckpointParts fewer = other.parts();
  fewer.pop_back();
  EXPECT_THAT(refusal(good, fewer), HasSubstr("step is unexpected"));
  other.train(1);
  EXPECT_EQ(other.step, 2);
}

TEST(Checkpoint, NamesArePlainAndUnique) {
  const TemporaryFolder folder;
  Rng rng(1);
  for (const char* name : {"", "a.b", "part", "own"})
    EXPECT_THROW(save_checkpoint(folder / "run", {{name, rng}}), Error) << name;
  EXPECT_THROW(save_checkpoint(folder / "run", {{"a", rng}, {"a", rng}}), Error);
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace wisp::testing
