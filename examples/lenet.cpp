// LeNet-5 learns to read MNIST's digits: example_lenet [DATA].
#include <cstdio>

#include <fmt/core.h>
#include <models/lenet.h>
#include <wisp/wisp.h>

using namespace wisp;

// The share of all images whose largest logit is that of their label.
double accuracy(nn::Module& network, DataLoader& loader) {
  const NoGrad guard;
  double right = 0;
  for (const Batch& batch : loader.epoch(0)) {
    const auto guesses = argmax(network(batch.images), 1).values<std::int64_t>();
    const auto labels = batch.labels.values<std::int64_t>();
    for (std::size_t i = 0; i < labels.size(); ++i) right += guesses[i] == labels[i];
  }
  return right / static_cast<double>(loader.image_count());
}

int main(int argc, char** argv) try {
  check(argc <= 2, "expected [DATA], given {} arguments", argc - 1);
  const std::string data = argc > 1 ? argv[1] : "data/mnist";
  DataLoader train(load_idx_folder(data, Split::train), {.batch_size = 64, .shuffle = true, .image_size = 28});
  DataLoader test(load_idx_folder(data, Split::test), {.batch_size = 1000, .image_size = 28});
  for (DataLoader* loader : {&train, &test})
    check(loader->batch(0, 0).labels.defined(), "{}: labels are missing", data);

  Rng rng(1);
  nn::Sequential network = models::lenet(rng);
  optim::Adam optimizer(network.parameters(), {.lr = 1e-3});
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (const Batch& batch : train.epoch(epoch)) {
      optimizer.zero_grad();
      cross_entropy(network(batch.images), batch.labels).backward();
      optimizer.step();
    }
    fmt::print("epoch {}: {:.2f} % of the test images are read right\n", epoch + 1, 100 * accuracy(network, test));
  }
  check(std::fflush(stdout) == 0, "cannot write to standard output");
} catch (const std::exception& error) {
  say("lenet: {}", error.what());
  return 2;
}
