// A DCGAN learns to draw digits: example_dcgan [DATA [OUT [STEPS]]] writes OUT.png and OUT.safetensors.
#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>
#include <wisp/wisp.h>

using namespace wisp;

// G turns noise into images: transposed convolutions make them larger, Tanh ends in [-1, 1] as the real images do.
nn::Sequential make_generator(Rng& rng) {
  const nn::ConvTranspose2dOptions first{.bias = false}, larger{.stride = 2, .padding = 1, .bias = false};
  return nn::Sequential(nn::ConvTranspose2d(100, 128, 4, first, rng), nn::BatchNorm2d(128), nn::ReLU(),  // 4x4
                        nn::ConvTranspose2d(128, 64, 3, larger, rng), nn::BatchNorm2d(64), nn::ReLU(),   // 7x7
                        nn::ConvTranspose2d(64, 32, 4, larger, rng), nn::BatchNorm2d(32), nn::ReLU(),    // 14x14
                        nn::ConvTranspose2d(32, 1, 4, larger, rng), nn::Tanh());                         // 28x28
}

// D judges images: strided convolutions down to one number, above 0 for "real" and below 0 for "generated".
nn::Sequential make_discriminator(Rng& rng) {
  const nn::Conv2dOptions smaller{.stride = 2, .padding = 1, .bias = false};
  return nn::Sequential(nn::Conv2d(1, 32, 4, smaller, rng), nn::LeakyReLU(0.2),                          // 14x14
                        nn::Conv2d(32, 64, 4, smaller, rng), nn::BatchNorm2d(64), nn::LeakyReLU(0.2),    // 7x7
                        nn::Conv2d(64, 128, 4, smaller, rng), nn::BatchNorm2d(128), nn::LeakyReLU(0.2),  // 3x3
                        nn::Conv2d(128, 1, 3, {.bias = false}, rng), nn::Flatten());
}

int main(int argc, char** argv) try {
  const std::string data = argc > 1 ? argv[1] : "data/mnist", out = argc > 2 ? argv[2] : "digits";
  const std::string steps_text = argc > 3 ? argv[3] : "1000";
  const long steps = std::strtol(steps_text.c_str(), nullptr, 10);
  const bool decimal = !steps_text.empty() && steps_text.find_first_not_of("0123456789") == std::string::npos;
  check(argc <= 4 && decimal && steps <= 1'000'000, "expected [DATA [OUT [STEPS]]] with up to 1000000 steps, given {}",
        fmt::join(argv + 1, argv + argc, " "));

  DataLoader loader(load_idx_folder(data, Split::train),
                    {.batch_size = 64, .shuffle = true, .drop_last = true, .image_size = 28});
  BatchStream batches(loader);
  Rng rng(1);
  nn::Sequential generator = make_generator(rng), discriminator = make_discriminator(rng);
  for (const nn::Sequential& network : {generator, discriminator})
    for (const Tensor& parameter : network.parameters())
      if (parameter.rank() == 4) nn::init::normal_(parameter, 0.0, 0.02, rng);  // the convolutions' weights
  optim::Adam generator_optimizer(generator.parameters(), {.lr = 5e-4, .betas = {0.5, 0.999}});
  optim::Adam discriminator_optimizer(discriminator.parameters(), {.lr = 5e-4, .betas = {0.5, 0.999}});
  const Tensor real_labels = Tensor::ones({64, 1}), fake_labels = Tensor::zeros({64, 1});

  // Evaluation mode: BatchNorm then uses the means it has collected in training. With those of the batch, an image
  // would depend on its 63 neighbours. The noise is the same every time, so that one can watch a digit take shape.
  const auto draw = [&, noise = Tensor::randn({64, 100, 1, 1}, rng)] {
    const NoGrad guard;
    generator.eval();
    save_image(generator(noise), out + ".png");
    generator.train();
  };
  draw();

  for (long step = 1; step <= steps; ++step) {
    // D wants to say 1 to real images and 0 to G's. detach() ends the graph there: this loss is not G's business.
    const Tensor real = batches.next().images, fake = generator(Tensor::randn({64, 100, 1, 1}, rng));
    discriminator_optimizer.zero_grad();
    const Tensor d_loss =
        bce_with_logits(discriminator(real), real_labels) + bce_with_logits(discriminator(fake.detach()), fake_labels);
    d_loss.backward();
    discriminator_optimizer.step();

    // G wants D to say 1 to its images. The gradient reaches G through D, whose own weights are left alone.
    generator_optimizer.zero_grad();
    const Tensor g_loss = bce_with_logits(discriminator(fake), real_labels);
    g_loss.backward({.inputs = generator.parameters()});
    generator_optimizer.step();

    if (step % 100 != 0 && step != steps) continue;
    fmt::print("step {}: loss of D {:.3f}, of G {:.3f}\n", step, d_loss.item<float>(), g_loss.item<float>());
    draw();
  }
  write_safetensors(out + ".safetensors", {.tensors = generator.state_dict()});  // PyTorch's names and shapes
  check(std::fflush(stdout) == 0, "cannot write to standard output");
} catch (const std::exception& error) {
  say("dcgan: {}", error.what());
  return 2;
}
