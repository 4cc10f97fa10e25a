// A user's program: a module type, an op and a training loop of its own.
//
//   consumer train FILE STEPS   trains up to that step, from where FILE is, and saves after every step
//   consumer show FILE FOLDER   prints the network and draws, exports and saves it
#include <cstdlib>
#include <filesystem>

#include <fmt/core.h>

#include <wisp/exchange/onnx_export.h>
#include <wisp/wisp.h>

#include "swish.h"

namespace {

using namespace wisp;

// x + swish(norm(convolution(x)))
class Block : public nn::Module {
 public:
  Block(std::int64_t width, Rng& rng)
      : channels(width),
        convolution_(register_module("convolution", nn::Conv2d(width, width, 3, {.padding = 1}, rng))),
        norm_(register_module("norm", nn::BatchNorm2d(width))) {}
  Tensor forward(const Tensor& x) const override { return x + consumer::swish(norm_(convolution_(x))); }

  const std::int64_t channels;

 private:
  nn::Conv2d convolution_;
  nn::BatchNorm2d norm_;
};
const bool block_is_known = nn::register_type<Block>("Block", {"channels"}, &Block::channels);

nn::Sequential make_network(Rng& rng) {
  return nn::Sequential(nn::Conv2d(1, 4, 3, {.stride = 2, .padding = 1}, rng), Block(4, rng), Block(4, rng),
                        nn::Flatten(), nn::Linear(4 * 4 * 4, 3, rng));
}

// Stripes in one of three directions, and which one.
Batch draw(Rng& rng) {
  Batch batch{Tensor::empty({12, 1, 8, 8}), Tensor::empty({12}, DType::i64)};
  std::vector<float> pixels;
  for (std::int64_t i = 0; i < 12; ++i) {
    const auto label = static_cast<std::int64_t>(rng.integer(3));
    const auto shift = static_cast<std::int64_t>(rng.integer(4));
    batch.labels.mutable_data<std::int64_t>()[i] = label;
    for (std::int64_t y = 0; y < 8; ++y)
      for (std::int64_t x = 0; x < 8; ++x)
        pixels.push_back(((label == 0 ? y : label == 1 ? x : x + y) + shift) % 4 < 2 ? 1.f : -1.f);
  }
  batch.images = Tensor::from({12, 1, 8, 8}, pixels) + Tensor::randn({12, 1, 8, 8}, rng) * 0.5;
  return batch;
}

struct Training {
  Rng rng{1};
  nn::Sequential network = make_network(rng);
  optim::Adam optimizer{network.parameters(), {.lr = 0.01}};
  std::int64_t step = 0;

  CheckpointParts parts() { return {{"network", network}, {"optimizer", optimizer}, {"rng", rng}, {"step", step}}; }
};

void train(const std::string& path, std::int64_t steps) {
  Training training;
  if (std::filesystem::exists(path)) load_checkpoint(path, training.parts());
  while (training.step < steps) {
    const Batch batch = draw(training.rng);
    const Tensor loss = cross_entropy(training.network(batch.images), batch.labels);
    training.optimizer.zero_grad();
    loss.backward();
    training.optimizer.step();
    ++training.step;
    save_checkpoint(path, training.parts());
  }
  fmt::print("step {}\n", training.step);
}

void show(const std::string& path, const std::string& folder) {
  Training training;
  load_checkpoint(path, training.parts());
  nn::Sequential& network = training.network;
  const Tensor images = draw(training.rng).images;
  fmt::print("{}\n{}\n", network, nn::summary(network, {1, 1, 8, 8}));
  save_onnx(folder + "/network.onnx", network, {images});
  save_cpp_header(folder + "/network.h", network, images.narrow(0, 0, 1));
  const nn::Trace trace = nn::trace(network, {images.narrow(0, 0, 1)});
  for (const nn::TracedCall& call : trace.calls) {
    const Tensor maps = trace.values[call.outputs[0]].tensor;
    if (maps.rank() != 4) continue;
    const Tensor rows = maps.permute({1, 0, 2, 3});
    write_png(fmt::format("{}/{}.png", folder, call.module), make_grid(rows, {.value_range = {-2, 2}}));
  }
  save_model(folder + "/network.safetensors", network);
  const std::shared_ptr<nn::Module> loaded = load_model(folder + "/network.safetensors");
  loaded->eval();
  network.eval();
  const NoGrad guard;
  const Tensor logits = network(images);
  check((*loaded)(images).values<float>() == logits.values<float>(), "the loaded network gives other logits");
  write_safetensors(folder + "/sample.safetensors", {{{"in.0", images}, {"out.0", logits}}, {}});
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const std::string command = count == 4 ? arguments[1] : "";
    if (command == "train")
      train(arguments[2], std::atoll(arguments[3]));
    else if (command == "show")
      show(arguments[2], arguments[3]);
    else
      return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "consumer: {}\n", error.what());
    return 2;
  }
}
