// golden_test: every case of a folder of golden answers, in f64, and the DCGAN training trace.
//
// The folder is WISP_GOLDEN_DIR when set, else tests/golden; its README says what is in it. Exits with 0 when every
// case agrees: values and first derivatives to 1e-10, second derivatives and the trace to 1e-9, as max|a - b| / max|b|.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/core.h>

#include <apps/dcgan/gan_step.h>
#include <models/dcgan.h>
#include <tests/ops/op_table.h>
#include <wisp/autograd/backward.h>
#include <wisp/io/safetensors.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/reduction.h>
#include <wisp/optim/adam.h>

namespace wisp::testing {
namespace {

using nlohmann::json;

/// Collects comparisons, and prints those that fail.
class Report {
 public:
  void compare(const std::string& what, const Tensor& actual, const Tensor& expected, double tolerance) {
    if (!actual.defined() || actual.shape() != expected.shape())
      return fail(what,
                  fmt::format("shape {} instead of {}", actual.defined() ? actual.shape() : Shape{}, expected.shape()));
    const auto a = actual.to(DType::f64).values<double>(), b = expected.to(DType::f64).values<double>();
    double difference = 0, scale = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!std::isfinite(a[i])) return fail(what, fmt::format("element {} is {}", i, a[i]));
      difference = std::max(difference, std::abs(a[i] - b[i]));
      scale = std::max(scale, std::abs(b[i]));
    }
    const double error = scale > 0 ? difference / scale : difference;
    double& worst = tolerance < 1e-9 ? worst_first_ : worst_second_;
    worst = std::max(worst, error);
    if (error > tolerance) fail(what, fmt::format("differs by {:.3g}, at most {:.0e} is allowed", error, tolerance));
  }
  void fail(const std::string& what, const std::string& why) {
    ++failures_;
    fmt::print("FAILED {}: {}\n", what, why);
  }
  int failures() const { return failures_; }
  double worst_first() const { return worst_first_; }
  double worst_second() const { return worst_second_; }

 private:
  int failures_ = 0;
  double worst_first_ = 0;   // of values and first derivatives
  double worst_second_ = 0;  // of second derivatives and the trace
};

constexpr double first_order = 1e-10, second_order = 1e-9;

void run_case(const json& definition, const Safetensors& file, Report& report) {
  const std::string name = definition.at("name"), op = definition.at("op");
  const auto row = op_table().find(op);
  check(row != op_table().end(), "op {} is not in the op table", op);
  for (const auto& [option, value] : definition.at("options").items())
    check(row->second.options.contains(option), "op {} has no option {}", op, option);
  const auto tensor = [&](const std::string& key) {
    const auto found = file.tensors.find(name + "/" + key);
    check(found != file.tensors.end(), "tensor {}/{} is missing", name, key);
    return found->second;
  };
  Arguments arguments;
  arguments.options = definition.at("options");
  Tensors inputs;
  const std::vector<std::string> names = definition.at("inputs");
  for (const std::string& input : names) {
    inputs.push_back(tensor("in." + input).set_requires_grad(true));
    arguments.tensors[input] = inputs.back();
  }
  for (const std::string constant : definition.at("constants"))
    arguments.tensors[constant] = tensor("const." + constant);

  const Tensor y = row->second.call(arguments);
  report.compare(name + " value", y, tensor("out"), first_order);
  const Tensor v = tensor("v").set_requires_grad(true);
  const bool second = definition.at("second_order");
  const Tensors grads = grad({y}, inputs, {.grad_outputs = {v}, .create_graph = second});
  for (std::size_t i = 0; i < names.size(); ++i)
    report.compare(name + " grad." + names[i], grads[i], tensor("grad." + names[i]), first_order);
  if (!second) return;

  Tensor s = Tensor::zeros({}, DType::f64);
  for (std::size_t i = 0; i < names.size(); ++i) s = s + sum(tensor("u." + names[i]) * grads[i]);
  Tensors wanted = inputs;
  wanted.push_back(v);
  Tensors seconds(wanted.size());
  if (s.requires_grad()) seconds = grad({s}, wanted, {.allow_unused = true});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string key = "grad2." + (i < names.size() ? names[i] : "v");
    const Tensor actual = seconds[i].defined() ? seconds[i] : Tensor::zeros(wanted[i].shape(), DType::f64);
    report.compare(name + " " + key, actual, tensor(key), second_order);
  }
}

int run_cases(const std::filesystem::path& folder, Report& report) {
  std::ifstream stream(folder / "ops.json");
  if (!stream) return 0;
  const json cases = json::parse(stream).at("cases");
  const Safetensors file = read_safetensors((folder / "ops.safetensors").string());
  for (const json& definition : cases) {
    try {
      run_case(definition, file, report);
    } catch (const std::exception& error) {
      report.fail(definition.value("name", "a case without name"), error.what());
    }
  }
  return static_cast<int>(cases.size());
}

/// The metadata's "Adam lr 2e-4 betas .5 .999 eps 1e-8".
optim::AdamOptions parse_optimizer(const std::string& text) {
  optim::AdamOptions o;
  int end = 0;
  const int fields =
      std::sscanf(text.c_str(), "Adam lr %lf betas %lf %lf eps %lf%n", &o.lr, &o.betas[0], &o.betas[1], &o.eps, &end);
  check(fields == 4 && static_cast<std::size_t>(end) == text.size(), "trace: the optimizer \"{}\" is not known", text);
  return o;
}

int run_trace(const std::filesystem::path& path, Report& report) {
  if (!std::filesystem::exists(path)) return 0;
  const Safetensors file = read_safetensors(path.string());
  const auto meta = [&](const char* key) {
    check(file.metadata.contains(key), "trace: the metadata lack {}", key);
    return file.metadata.at(key);
  };
  const auto tensor = [&](const std::string& name) {
    check(file.tensors.contains(name), "trace: tensor {} is missing", name);
    return file.tensors.at(name);
  };
  const auto state = [&](const std::string& prefix) {
    nn::StateDict result;
    for (const auto& [name, value] : file.tensors)
      if (name.starts_with(prefix)) result.emplace(name.substr(prefix.size()), value);
    return result;
  };
  check(meta("loss") == "bce_with_logits", "trace: the loss \"{}\" is not known", meta("loss"));
  const optim::AdamOptions adam = parse_optimizer(meta("optimizer"));
  const Tensor real = tensor("real"), z = tensor("z"), losses = tensor("losses");
  const models::DcganOptions options{std::stoll(meta("latent")), std::stoll(meta("base_channels")), real.dim(-1),
                                     real.dim(2)};
  Rng rng(0);
  nn::Sequential generator = models::dcgan_generator(options, rng);
  nn::Sequential discriminator = models::dcgan_discriminator(options, rng);
  for (nn::Module* network : {&generator, &discriminator}) network->to(DType::f64);
  generator.load_state_dict(state("initial.generator."));
  discriminator.load_state_dict(state("initial.discriminator."));
  optim::Adam generator_optimizer(generator.parameters(), adam),
      discriminator_optimizer(discriminator.parameters(), adam);

  const auto slice = [](const Tensor& x, std::int64_t step) {
    std::vector<std::int64_t> extents(x.shape().begin() + 1, x.shape().end());
    return x.narrow(0, step, 1).reshape(Shape(extents));
  };
  {
    const NoGrad guard;
    nn::Sequential copy = models::dcgan_generator(options, rng);
    copy.to(DType::f64);
    copy.load_state_dict(state("initial.generator."));
    report.compare("trace fake", copy(slice(z, 0)), tensor("fake"), second_order);
  }
  for (std::int64_t step = 0; step < losses.dim(0); ++step) {
    const apps::GanStepResult r = apps::gan_step(
        {generator, discriminator, generator_optimizer, discriminator_optimizer}, slice(real, step), slice(z, step));
    report.compare(fmt::format("trace losses of step {}", step),
                   Tensor::from({3}, {r.d_loss_real, r.d_loss_fake, r.g_loss}), slice(losses, step), second_order);
    if (step > 0) continue;
    for (const auto& [prefix, network] :
         {std::pair{"grad.generator.", &generator}, {"grad.discriminator.", &discriminator}})
      for (const auto& [name, parameter] : network->named_parameters())
        report.compare(std::string("trace ") + prefix + name, parameter.grad(), tensor(prefix + name), second_order);
  }
  for (const auto& [prefix, network] :
       {std::pair{"final.generator.", &generator}, {"final.discriminator.", &discriminator}})
    for (const auto& [name, value] : network->state_dict())
      report.compare(std::string("trace ") + prefix + name, value, tensor(prefix + name), second_order);
  generator.eval();
  const NoGrad guard;
  report.compare("trace sample_eval", generator(slice(z, 0)), tensor("sample_eval"), second_order);
  return static_cast<int>(losses.dim(0));
}

int run() {
  const char* variable = std::getenv("WISP_GOLDEN_DIR");
  const std::filesystem::path folder = variable != nullptr ? variable : WISP_SOURCE_DIR "/tests/golden";
  Report report;
  int cases = 0, steps = 0;
  try {
    cases = run_cases(folder, report);
    steps = run_trace(folder / "dcgan_trace.safetensors", report);
  } catch (const std::exception& error) {
    report.fail(folder.string(), error.what());
  }
  if (cases == 0 && steps == 0)
    report.fail(folder.string(), "neither cases (ops.json) nor a trace (dcgan_trace.safetensors)");
  fmt::print(
      "golden: {} cases, a trace of {} steps, {} failed; worst error {:.1e} in values and first derivatives, {:.1e} in "
      "second derivatives and the trace\n",
      cases, steps, report.failures(), report.worst_first(), report.worst_second());
  return report.failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace wisp::testing

int main() { return wisp::testing::run(); }
