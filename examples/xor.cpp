// XOR, which no single linear layer can compute, learned by a network of two.
#include <cstdio>

#include <fmt/core.h>
#include <wisp/wisp.h>

using namespace wisp;

int main() try {
  const Tensor x = Tensor::from({4, 2}, {0.f, 0.f, 0.f, 1.f, 1.f, 0.f, 1.f, 1.f});
  const Tensor y = Tensor::from({4, 1}, {0.f, 1.f, 1.f, 0.f});

  Rng rng(1);
  nn::Sequential network(nn::Linear(2, 8, rng), nn::Tanh(), nn::Linear(8, 1, rng));
  optim::Adam optimizer(network.parameters(), {.lr = 0.05});
  for (int step = 0; step < 500; ++step) {
    optimizer.zero_grad();
    bce_with_logits(network(x), y).backward();
    optimizer.step();
  }

  const std::vector<float> answers = sigmoid(network(x)).values<float>();
  for (std::size_t i = 0; i < 4; ++i) fmt::print("{} xor {}: {:.2f}\n", i / 2, i % 2, answers[i]);
  check(std::fflush(stdout) == 0, "cannot write to standard output");
} catch (const std::exception& error) {
  say("xor: {}", error.what());
  return 2;
}
