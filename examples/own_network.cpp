#include <filesystem>

#include <fmt/core.h>
#include <wisp/wisp.h>

using namespace wisp;

// A module of one's own: x + relu(norm(convolution(x))).
class Block : public nn::Module {
 public:
  Block(std::int64_t width, Rng& rng)
      : channels(width),
        convolution(register_module("convolution", nn::Conv2d(width, width, 3, {.padding = 1}, rng))),
        norm(register_module("norm", nn::BatchNorm2d(width))) {}
  Tensor forward(const Tensor& x) const override { return x + relu(norm(convolution(x))); }

  const std::int64_t channels;
  nn::Conv2d convolution;
  nn::BatchNorm2d norm;
};
// The line that makes it known to files and to clone(): its name, and its constructor's arguments.
const bool known = nn::register_type<Block>("Block", {"channels"}, &Block::channels);

int main() {
  Rng rng(1);
  nn::Sequential network(nn::Conv2d(1, 4, 3, {.stride = 2, .padding = 1}, rng), Block(4, rng), nn::Flatten(),
                         nn::Linear(64, 3, rng));
  fmt::print("{}\n{}\n", network, nn::summary(network, {16, 1, 8, 8}));

  // What the layers compute, op by op.
  const Tensor image = Tensor::randn({1, 1, 8, 8}, rng);
  const nn::Trace trace = nn::trace(network, {image});
  for (const nn::TracedOp& op : trace.ops)
    fmt::print("{} calls {}: {}\n", op.module, op.op, trace.shape(op.outputs[0]));

  // To a file and back, without a line of code about what is in it.
  const std::string path = std::filesystem::temp_directory_path() / "own_network.safetensors";
  save_model(path, network);
  const std::shared_ptr<nn::Module> loaded = load_model(path);
  fmt::print("same: {}\n", (*loaded)(image).values<float>() == network(image).values<float>());

  // Everything that training needs to go on: modules, optimizers, random numbers, counters.
  optim::Adam optimizer(network.parameters(), {.lr = 1e-3});
  std::int64_t step = 0;
  const auto parts = [&] {
    return CheckpointParts{{"network", network}, {"optimizer", optimizer}, {"rng", rng}, {"step", step}};
  };
  save_checkpoint(path, parts());
  load_checkpoint(path, parts());
  std::filesystem::remove(path);
}
