// Wisp's side of the tests with PyTorch, in exact floats:
//   wisp_side noise SEED COUNT LATENT OUT      z, the noise of `dcgan sample --seed SEED --count COUNT`
//   wisp_side generate CHECKPOINT IN OUT RAW   image, drawn from the noise z in IN; RAW is 0 or 1
//   wisp_side trace DATA OUT                   a few steps of training on DATA in f32, in the format of
//                                              tests/golden/dcgan_trace.safetensors
#include <cstdio>
#include <string>
#include <vector>

#include <apps/dcgan/network_file.h>
#include <models/gan_step.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/data/data_loader.h>
#include <wisp/io/safetensors.h>
#include <wisp/ops/slice.h>
#include <wisp/optim/adam.h>

namespace wisp::testing {
namespace {

constexpr std::int64_t steps = 5, batch_size = 16;

void write_noise(std::uint64_t seed, std::int64_t count, std::int64_t latent, const std::string& out) {
  Rng rng(seed);
  write_safetensors(out, {{{"z", Tensor::randn({count, latent, 1, 1}, rng)}}});
}

void generate(const std::string& checkpoint, const std::string& in, const std::string& out, bool raw) {
  const NoGrad guard;
  write_safetensors(out,
                    {{{"image", apps::load_generator(checkpoint, raw).network(read_safetensors(in).tensors.at("z"))}}});
}

// (1, shape): to be joined with the other steps'.
Tensor one(const Tensor& x) {
  std::vector<std::int64_t> extents(x.shape().begin(), x.shape().end());
  extents.insert(extents.begin(), 1);
  return x.detach().reshape(extents);
}

Tensor copy(const Tensor& x) {
  Tensor result = Tensor::empty(x.shape(), x.dtype());
  result.copy_(x);
  return result;
}

void trace(const std::string& data, const std::string& out) {
  const models::DcganOptions options{16, 8, 28, 1};
  Rng rng(4);  // no pre-activation of this run is so near 0 that rounding decides a ReLU's gradient
  nn::Sequential generator = models::dcgan_generator(options, rng);
  nn::Sequential discriminator = models::dcgan_discriminator(options, rng);
  models::dcgan_init(generator, rng);
  models::dcgan_init(discriminator, rng);
  Safetensors file;
  const auto keep_state = [&](const std::string& when) {
    for (const auto& [prefix, network] : {std::pair{".generator.", &generator}, {".discriminator.", &discriminator}})
      for (const auto& [key, tensor] : network->state_dict()) file.tensors[when + prefix + key] = copy(tensor);
  };
  keep_state("initial");
  const optim::AdamOptions adam{.lr = 2e-4, .betas = {0.5, 0.999}};
  optim::Adam generator_optimizer(generator.parameters(), adam),
      discriminator_optimizer(discriminator.parameters(), adam);
  DataLoader loader(load_idx_folder(data, Split::train), {.batch_size = batch_size, .shuffle = true, .seed = 1});
  Tensors reals, noises, losses;
  for (std::int64_t step = 0; step < steps; ++step) {
    const Tensor real = loader.batch(0, step).images, z = Tensor::randn({batch_size, options.latent, 1, 1}, rng);
    const models::GanStepResult r =
        models::gan_step({generator, discriminator, generator_optimizer, discriminator_optimizer}, {real}, z, Tensor());
    reals.push_back(one(real));
    noises.push_back(one(z));
    losses.push_back(Tensor::from({1, 3}, {r.d_loss_real, r.d_loss_fake, r.g_loss}));
    if (step > 0) continue;
    for (const auto& [prefix, network] :
         {std::pair{"grad.generator.", &generator}, {"grad.discriminator.", &discriminator}})
      for (const auto& [name, parameter] : network->named_parameters())
        file.tensors[std::string(prefix) + name] = copy(parameter.grad());
  }
  keep_state("final");
  file.tensors["real"] = cat(reals);
  file.tensors["z"] = cat(noises);
  file.tensors["losses"] = cat(losses);
  generator.eval();
  const NoGrad guard;
  file.tensors["sample_eval"] = generator(noises[0].reshape({batch_size, options.latent, 1, 1}));
  write_safetensors(out, file);
}

int run(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  if (command == "noise" && arguments.size() == 5)
    write_noise(std::stoull(arguments[1]), std::stoll(arguments[2]), std::stoll(arguments[3]), arguments[4]);
  else if (command == "generate" && arguments.size() == 5)
    generate(arguments[1], arguments[2], arguments[3], arguments[4] == "1");
  else if (command == "trace" && arguments.size() == 3)
    trace(arguments[1], arguments[2]);
  else
    fail("wisp_side: the arguments are not known");
  return 0;
}

}  // namespace
}  // namespace wisp::testing

int main(int argc, char** argv) {
  try {
    return wisp::testing::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
