#include <tests/golden/trace.h>

#include <cstdio>

#include <models/dcgan.h>
#include <models/gan_step.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/io/safetensors.h>
#include <wisp/optim/adam.h>

namespace wisp::testing {
namespace {

using models::GanLoss;

/// One trace file; every look-up throws Error that names what is missing.
class Trace {
 public:
  explicit Trace(const std::filesystem::path& path)
      : name_(path.stem().string()), file_(read_safetensors(path.string())) {}

  const std::string& name() const { return name_; }
  bool has(const std::string& key) const { return file_.metadata.contains(key); }
  std::string meta(const std::string& key) const {
    check(has(key), "the metadata lack {}", key);
    return file_.metadata.at(key);
  }
  Tensor tensor(const std::string& name) const {
    check(file_.tensors.contains(name), "tensor {} is missing", name);
    return file_.tensors.at(name);
  }
  /// The numbers of one step.
  Tensor tensor(const std::string& name, std::int64_t step) const {
    const Tensor all = tensor(name);
    const std::vector<std::int64_t> extents(all.shape().begin() + 1, all.shape().end());
    return all.narrow(0, step, 1).reshape(Shape(extents));
  }
  nn::StateDict state(const std::string& prefix) const {
    nn::StateDict result;
    for (const auto& [name, value] : file_.tensors)
      if (name.starts_with(prefix)) result.emplace(name.substr(prefix.size()), value);
    return result;
  }

 private:
  std::string name_;
  Safetensors file_;
};

/// The metadata's "Adam lr 2e-4 betas .5 .999 eps 1e-8".
optim::AdamOptions parse_optimizer(const std::string& text) {
  optim::AdamOptions o;
  int end = 0;
  const int fields =
      std::sscanf(text.c_str(), "Adam lr %lf betas %lf %lf eps %lf%n", &o.lr, &o.betas[0], &o.betas[1], &o.eps, &end);
  check(fields == 4 && static_cast<std::size_t>(end) == text.size(), "the optimizer \"{}\" is not known", text);
  return o;
}

models::GanLossOptions loss_of(const Trace& trace) {
  const std::string name = trace.meta("loss");
  models::GanLossOptions options{name == "bce_with_logits" ? GanLoss::bce : models::gan_loss_of(name)};
  if (trace.has("penalty")) options.penalty = std::stod(trace.meta("penalty"));
  return options;
}

models::DcganOptions model_of(const Trace& trace) {
  const Tensor real = trace.tensor("real");
  return {.latent = std::stoll(trace.meta("latent")),
          .base_channels = std::stoll(trace.meta("base_channels")),
          .image_size = real.dim(-1),
          .channels = real.dim(2),
          .norm = trace.has("norm") ? models::norm_of(trace.meta("norm")) : models::Norm::batch};
}

nn::Sequential loaded(nn::Sequential network, const nn::StateDict& state) {
  network.to(DType::f64);
  network.load_state_dict(state);
  return network;
}

/// [D real, D fake, G], and the penalty where the loss has one.
Tensor losses(const models::GanStepResult& r, bool penalty) {
  std::vector<double> values{r.d_loss_real, r.d_loss_fake, r.g_loss};
  if (penalty) values.push_back(r.penalty);
  return Tensor::from({static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

int run_trace(const std::filesystem::path& path, Report& report) {
  const Trace trace(path);
  const auto compare = [&](const std::string& what, const Tensor& actual, const Tensor& expected) {
    report.compare(trace.name() + " " + what, actual, expected, second_order);
  };
  const models::DcganOptions model = model_of(trace);
  const models::GanLossOptions loss = loss_of(trace);
  const optim::AdamOptions adam = parse_optimizer(trace.meta("optimizer"));
  Rng rng(0);
  const nn::StateDict initial = trace.state("initial.generator.");
  nn::Sequential generator = loaded(models::dcgan_generator(model, rng), initial);
  nn::Sequential discriminator = loaded(models::dcgan_discriminator(model, rng), trace.state("initial.discriminator."));
  optim::Adam generator_optimizer(generator.parameters(), adam),
      discriminator_optimizer(discriminator.parameters(), adam);
  const std::pair<std::string, nn::Module*> networks[] = {{"generator.", &generator},
                                                          {"discriminator.", &discriminator}};
  {
    const NoGrad guard;
    compare("fake", loaded(models::dcgan_generator(model, rng), initial)(trace.tensor("z", 0)), trace.tensor("fake"));
  }
  const models::Gan gan{generator, discriminator, generator_optimizer, discriminator_optimizer, loss};
  const std::int64_t steps = trace.tensor("losses").dim(0);
  for (std::int64_t step = 0; step < steps; ++step) {
    const Tensor e = loss.loss == GanLoss::wgan_gp ? trace.tensor("e", step) : Tensor{};
    const models::GanStepResult result =
        models::gan_step(gan, {trace.tensor("real", step)}, trace.tensor("z", step), e);
    compare(fmt::format("losses of step {}", step), losses(result, has_penalty(loss.loss)),
            trace.tensor("losses", step));
    if (step > 0) continue;
    for (const auto& [prefix, network] : networks)
      for (const auto& [name, parameter] : network->named_parameters())
        compare("grad." + prefix + name, parameter.grad(), trace.tensor("grad." + prefix + name));
  }
  for (const auto& [prefix, network] : networks)
    for (const auto& [name, value] : network->state_dict())
      compare("final." + prefix + name, value, trace.tensor("final." + prefix + name));
  generator.eval();
  const NoGrad guard;
  compare("sample_eval", generator(trace.tensor("z", 0)), trace.tensor("sample_eval"));
  return static_cast<int>(steps);
}

}  // namespace wisp::testing
