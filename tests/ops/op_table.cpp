#include <tests/ops/op_table.h>

#include <cmath>
#include <numeric>

#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/convolution_matrix.h>
#include <wisp/ops/gather.h>
#include <wisp/ops/group_norm.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/math.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/norm.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/shape.h>
#include <wisp/ops/slice.h>
#include <wisp/ops/softmax.h>
#include <wisp/ops/spectral_norm.h>
#include <wisp/ops/upsample.h>

namespace wisp::testing {
namespace {

using nlohmann::json;

const Shape rank2{3, 4}, rank3{2, 3, 4}, rank4{2, 3, 4, 5};

std::vector<Sample> unary_samples(std::set<std::string> positive = {}) {
  return {{{{"input", rank3}}, json::object(), positive}, {{{"input", rank4}}, json::object(), positive}};
}

using OfOne = double (*)(double);
using OfTwo = double (*)(double, double);

// f of each number of the input.
template <class F>
Call each(F f) {
  return [=](const Arguments& a) {
    std::vector<double> numbers = a["input"].template values<double>();
    for (double& x : numbers) x = f(x);
    return Tensor::from(a["input"].shape(), numbers);
  };
}

// `value` is what the op computes of a number, `slope` its derivative.
OpRow unary(Tensor (*op)(const Tensor&), OfOne value, OfOne slope, std::set<std::string> positive = {}) {
  return {{}, [op](const Arguments& a) { return op(a["input"]); }, unary_samples(positive), each(value), {each(slope)}};
}

OpRow binary(Tensor (*op)(const Tensor&, const Tensor&), std::set<std::string> positive = {}) {
  return {{},
          [op](const Arguments& a) { return op(a["a"], a["b"]); },
          {{{{"a", rank4}, {"b", rank4}}, json::object(), positive},
           {{{"a", rank4}, {"b", {3, 1, 1}}}, json::object(), positive},
           {{{"a", {4, 1}}, {"b", {2, 1, 5}}}, json::object(), positive},
           {{{"a", {3, 1, 5}}, {"b", {2, 1, 4, 1}}}, json::object(), positive},
           {{{"a", {}}, {"b", rank2}}, json::object(), positive}}};
}

OpRow reduction(Tensor (*op)(const Tensor&, const std::vector<int>&, bool)) {
  return {{"dims", "keepdim"},
          [op](const Arguments& a) { return op(a["input"], a.dims("dims"), a.get("keepdim", false)); },
          {{{{"input", rank4}}},
           {{{"input", rank4}}, {{"dims", {0, 2}}, {"keepdim", true}}},
           {{{"input", rank4}}, {{"dims", {-1}}}},
           {{{"input", rank3}}, {{"dims", {1}}}}}};
}

OpRow along_dim(Tensor (*op)(const Tensor&, int)) {
  return {{"dim"},
          [op](const Arguments& a) { return op(a["input"], a.get("dim", -1)); },
          {{{{"input", rank4}}, {{"dim", 1}}}, {{{"input", rank2}}, {{"dim", -1}}}}};
}

Reduction reduction_of(const Arguments& a) {
  const std::string name = a.get<std::string>("reduction", "mean");
  check(name == "none" || name == "mean" || name == "sum", "reduction {} is not known", name);
  return name == "none" ? Reduction::none : name == "sum" ? Reduction::sum : Reduction::mean;
}

// f of the numbers at the same place of input and target.
std::vector<double> each_pair(const Arguments& a, OfTwo f) {
  std::vector<double> numbers = a["input"].values<double>();
  const std::vector<double> targets = a["target"].values<double>();
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = f(numbers[i], targets[i]);
  return numbers;
}

// `value` is the loss of a number and its target, the slopes its derivatives with respect to the two.
OpRow loss(Tensor (*op)(const Tensor&, const Tensor&, Reduction), OfTwo value, OfTwo slope_of_input,
           OfTwo slope_of_target) {
  const auto answer = [=](const Arguments& a) {
    const std::vector<double> losses = each_pair(a, value);
    const Reduction reduction = reduction_of(a);
    if (reduction == Reduction::none) return Tensor::from(a["input"].shape(), losses);
    const double total = std::accumulate(losses.begin(), losses.end(), 0.0);
    return Tensor::full({}, reduction == Reduction::sum ? total : total / static_cast<double>(losses.size()),
                        DType::f64);
  };
  const auto slope = [](OfTwo f) {
    return [=](const Arguments& a) {
      std::vector<double> slopes = each_pair(a, f);
      if (reduction_of(a) == Reduction::mean)
        for (double& s : slopes) s /= static_cast<double>(slopes.size());
      return Tensor::from(a["input"].shape(), slopes);
    };
  };
  return {{"reduction"},
          [op](const Arguments& a) { return op(a["input"], a["target"], reduction_of(a)); },
          {{{{"input", rank4}, {"target", rank4}}},
           {{{"input", rank2}, {"target", rank2}}, {{"reduction", "sum"}}},
           {{{"input", rank2}, {"target", rank2}}, {{"reduction", "none"}}}},
          answer,
          {slope(slope_of_input), slope(slope_of_target)}};
}

Shape shape_of(const Arguments& a) { return Shape(a.get<std::vector<std::int64_t>>("shape", {})); }

Conv2dPadding padding_of(const Arguments& a) {
  const json name = a.get("padding", json(0));
  if (!name.is_string()) return a.size("padding", 0);
  check(name == "same" || name == "valid", "padding {} is not known", name.dump());
  return name == "same" ? Conv2dPadding::same : Conv2dPadding::valid;
}

PaddingMode padding_mode_of(const Arguments& a) {
  const std::string name = a.get<std::string>("mode", "constant");
  const std::map<std::string, PaddingMode> modes = {{"constant", PaddingMode::zeros},
                                                    {"reflect", PaddingMode::reflect},
                                                    {"replicate", PaddingMode::replicate},
                                                    {"circular", PaddingMode::circular}};
  check(modes.contains(name), "padding mode {} is not known", name);
  return modes.at(name);
}

Tensor call_pad2d(const Arguments& a) {
  return pad2d(a["input"],
               {a.get<std::int64_t>("left", 0), a.get<std::int64_t>("right", 0), a.get<std::int64_t>("top", 0),
                a.get<std::int64_t>("bottom", 0)},
               padding_mode_of(a));
}

Tensor call_conv2d(const Arguments& a) {
  return conv2d(a["input"], a["weight"], a["bias"],
                {a.size("stride", 1), padding_of(a), a.size("dilation", 1), a.get<std::int64_t>("groups", 1)});
}

Tensor call_conv_transpose2d(const Arguments& a) {
  return conv_transpose2d(a["input"], a["weight"], a["bias"],
                          {.stride = a.size("stride", 1),
                           .padding = a.size("padding", 0),
                           .output_padding = a.size("output_padding", 0),
                           .groups = a.get<std::int64_t>("groups", 1),
                           .dilation = a.size("dilation", 1)});
}

// Gradient checks name no running statistics; evaluation then gets some.
Tensor running(const Arguments& a, const char* name, double first, double step) {
  if (a[name].defined()) return a[name] * 1.0;  // a copy, because training changes it
  if (a.get("training", true)) return {};
  std::vector<double> values(static_cast<std::size_t>(a["input"].dim(1)));
  for (std::size_t c = 0; c < values.size(); ++c) values[c] = first + step * static_cast<double>(c);
  return Tensor::from({a["input"].dim(1)}, values);
}

Tensor call_batch_norm(const Arguments& a) {
  return batch_norm(a["input"], running(a, "running_mean", -0.2, 0.3), running(a, "running_var", 0.5, 0.4), a["weight"],
                    a["bias"], a.get("training", true), a.get("momentum", 0.1), a.get("eps", 1e-5));
}

Tensor call_batch_norm_leaky_relu(const Arguments& a) {
  return batch_norm_leaky_relu(a["input"], running(a, "running_mean", -0.2, 0.3), running(a, "running_var", 0.5, 0.4),
                               a["weight"], a["bias"], a.get("training", true), a.get("momentum", 0.1),
                               a.get("eps", 1e-5), a.get("negative_slope", 0.01));
}

// The gate is a constant: no gradient flows through it. Samples do without one: 1, 0, -1, 1, ...
Tensor gate_of(const Arguments& a) {
  if (a["gate"].defined()) return a["gate"];
  std::vector<double> signs(static_cast<std::size_t>(a["g"].numel()));
  for (std::size_t i = 0; i < signs.size(); ++i) signs[i] = 1.0 - static_cast<double>(i % 3);
  return Tensor::from(a["g"].shape(), signs).to(a["g"].dtype());
}

Tensor call_leaky_relu_backward(const Arguments& a) {
  return leaky_relu_backward(a["g"], gate_of(a), a.get("negative_slope", 0.01));
}

Tensor answer_of_leaky_relu_backward(const Arguments& a) {
  std::vector<double> numbers = a["g"].values<double>();
  const std::vector<double> gate = gate_of(a).values<double>();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!(gate[i] > 0)) numbers[i] *= a.get("negative_slope", 0.01);
  return Tensor::from(a["g"].shape(), numbers);
}

// u and v are constants: no gradient flows through them, nor through the steps of the power method.
Tensor call_spectral_norm(const Arguments& a) {
  const Tensor& weight = a["weight"];
  SingularVectors vectors{a["u"], a["v"]};
  if (!vectors.u.defined()) {  // gradient checks: 1, -1/2, 1/3, ... and 1, 1/2, 1/3, ...
    const auto fractions = [](std::int64_t count, double sign) {
      std::vector<double> values(static_cast<std::size_t>(count));
      double numerator = 1;
      for (std::size_t i = 0; i < values.size(); ++i, numerator *= sign)
        values[i] = numerator / static_cast<double>(i + 1);
      return values;
    };
    std::vector<std::int64_t> row(weight.shape().begin(), weight.shape().end());
    row[0] = 1;
    vectors.u = Tensor::from({weight.dim(0)}, fractions(weight.dim(0), -1));
    vectors.v = Tensor::from(Shape(row), fractions(weight.numel() / weight.dim(0), 1));
  }
  for (std::int64_t i = 0; i < a.get<std::int64_t>("n_power_iterations", 0); ++i)
    vectors = power_iteration(weight, vectors.v, a.get("eps", 1e-12));
  return spectral_norm(weight, vectors);
}

Tensor call_max_pool2d(const Arguments& a) {
  MaxPool2dOptions options{
      .padding = a.size("padding", 0), .dilation = a.size("dilation", 1), .ceil_mode = a.get("ceil_mode", false)};
  if (a.options.contains("stride")) options.stride = a.size("stride", 1);
  return max_pool2d(a["input"], a.size("kernel_size", 2), options);
}

Tensor call_avg_pool2d(const Arguments& a) {
  AvgPool2dOptions options{.padding = a.size("padding", 0)};
  if (a.options.contains("stride")) options.stride = a.size("stride", 1);
  return avg_pool2d(a["input"], a.size("kernel_size", 2), options);
}

// Gradient checks: 0, 2, 4, ... modulo the extent, so that some are chosen more than once and some never.
Tensor call_gather(const Arguments& a) {
  const int dim = a.get("dim", 0);
  Tensor index = a["index"];
  if (!index.defined()) {
    const Shape shape(a.get<std::vector<std::int64_t>>("shape", {}));
    std::vector<std::int64_t> values(static_cast<std::size_t>(shape.numel()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(2 * i) % a["input"].dim(dim);
    index = Tensor::from(shape, values);
  }
  return gather(a["input"], dim, index);
}

Tensor call_cross_entropy(const Arguments& a) {
  Tensor target = a["target"];
  if (!target.defined()) {  // gradient checks: classes 0, 1, 2, 0, ...
    std::vector<std::int64_t> extents(a["input"].shape().begin(), a["input"].shape().end());
    extents.erase(extents.begin() + 1);
    std::vector<std::int64_t> classes(static_cast<std::size_t>(Shape(extents).numel()));
    for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int64_t>(i) % a["input"].dim(1);
    target = Tensor::from(Shape(extents), classes);
  }
  return cross_entropy(a["input"], target, reduction_of(a));
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

double sign_of(double x) {
  if (x > 0) return 1;
  return x < 0 ? -1 : x;  // 0 or NaN
}

std::map<std::string, OpRow> make_table() {
  std::map<std::string, OpRow> table;
  table["add"] = binary(add);
  table["sub"] = binary(sub);
  table["mul"] = binary(mul);
  table["div"] = binary(div, {"b"});
  table["neg"] = unary(
      neg, [](double x) { return -x; }, [](double) { return -1.0; });
  table["exp"] = unary(
      exp, [](double x) { return std::exp(x); }, [](double x) { return std::exp(x); });
  table["log"] = unary(
      log, [](double x) { return std::log(x); }, [](double x) { return 1 / x; }, {"input"});
  table["sqrt"] = unary(
      sqrt, [](double x) { return std::sqrt(x); }, [](double x) { return 0.5 / std::sqrt(x); }, {"input"});
  table["square"] = unary(
      square, [](double x) { return x * x; }, [](double x) { return 2 * x; });
  table["abs"] = unary(
      abs, [](double x) { return x < 0 ? -x : x; }, sign_of);
  table["tanh"] = unary(
      tanh, [](double x) { return std::tanh(x); }, [](double x) { return 1 - std::tanh(x) * std::tanh(x); });
  table["sigmoid"] = unary(sigmoid, logistic, [](double x) { return logistic(x) * (1 - logistic(x)); });
  table["softplus"] = unary(
      softplus, [](double x) { return std::log(1 + std::exp(x)); }, logistic);
  table["silu"] = unary(
      silu, [](double x) { return x / (1 + std::exp(-x)); },
      [](double x) { return logistic(x) * (1 + x * (1 - logistic(x))); });
  table["relu"] = unary(
      relu, [](double x) { return x <= 0 ? 0 : x; }, [](double x) { return x <= 0 ? 0.0 : 1.0; });
  table["leaky_relu"] = {{"negative_slope"},
                         [](const Arguments& a) { return leaky_relu(a["input"], a.get("negative_slope", 0.01)); },
                         {{{{"input", rank4}}}, {{{"input", rank3}}, {{"negative_slope", -0.5}}}},
                         [](const Arguments& a) {
                           return each([s = a.get("negative_slope", 0.01)](double x) { return x > 0 ? x : s * x; })(a);
                         },
                         {[](const Arguments& a) {
                           return each([s = a.get("negative_slope", 0.01)](double x) { return x > 0 ? 1 : s; })(a);
                         }}};
  table["leaky_relu_backward"] = {{"negative_slope"},
                                  call_leaky_relu_backward,
                                  {{{{"g", rank4}}, {{"negative_slope", 0.2}}},
                                   {{{"g", rank3}}, {{"negative_slope", 0.0}}},
                                   {{{"g", rank3}}, {{"negative_slope", -0.5}}}},
                                  answer_of_leaky_relu_backward};
  table["sum"] = reduction(sum);
  table["mean"] = reduction(mean);
  table["amax"] = reduction(amax);
  table["norm"] = reduction(norm);
  table["gather"] = {{"dim", "shape"},
                     call_gather,
                     {{{{"input", rank4}}, {{"dim", 1}, {"shape", {2, 4, 3, 5}}}},
                      {{{"input", rank3}}, {{"dim", 0}, {"shape", {5, 2, 4}}}},
                      {{{"input", {4}}}, {{"dim", -1}, {"shape", {7}}}}}};
  table["softmax"] = along_dim(softmax);
  table["log_softmax"] = along_dim(log_softmax);
  table["reshape"] = {{"shape"},
                      [](const Arguments& a) { return a["input"].reshape(shape_of(a)); },
                      {{{{"input", rank4}}, {{"shape", {5, 24}}}},
                       {{{"input", rank4}}, {{"shape", {3, 2, 5, 4}}}},
                       {{{"input", rank3}}, {{"shape", {2, 3, 2, 2}}}}}};
  table["permute"] = {{"dims"},
                      [](const Arguments& a) { return a["input"].permute(a.dims("dims")); },
                      {{{{"input", rank4}}, {{"dims", {3, 1, 0, 2}}}}, {{{"input", rank3}}, {{"dims", {2, 0, 1}}}}}};
  table["narrow"] = {{"dim", "start", "length"},
                     [](const Arguments& a) {
                       return narrow(a["input"], a.get("dim", 0), a.get<std::int64_t>("start", 0),
                                     a.get<std::int64_t>("length", 1));
                     },
                     {{{{"input", rank4}}, {{"dim", 1}, {"start", 1}, {"length", 2}}},
                      {{{"input", rank3}}, {{"dim", -1}, {"start", 2}, {"length", 1}}}}};
  table["flip"] = {{"dims"},
                   [](const Arguments& a) { return a["input"].flip(a.dims("dims")); },
                   {{{{"input", rank4}}, {{"dims", {1, 3}}}}, {{{"input", rank3}}, {{"dims", {0}}}}}};
  table["broadcast_to"] = {{"shape"},
                           [](const Arguments& a) { return broadcast_to(a["input"], shape_of(a)); },
                           {{{{"input", {3, 1, 5}}}, {{"shape", {2, 3, 4, 5}}}}}};
  table["pad2d"] = {{"left", "right", "top", "bottom", "mode"},
                    call_pad2d,
                    {{{{"input", rank4}}, {{"left", 1}, {"right", 2}, {"bottom", 3}}},
                     {{{"input", rank3}}, {{"left", -1}, {"right", 2}, {"top", -1}}},
                     {{{"input", rank4}}, {{"left", 4}, {"right", 1}, {"top", 2}, {"mode", "reflect"}}},
                     {{{"input", rank4}}, {{"right", 7}, {"top", 1}, {"bottom", 5}, {"mode", "replicate"}}},
                     {{{"input", rank3}}, {{"left", 3}, {"right", -1}, {"bottom", 3}, {"mode", "circular"}}}}};
  table["cat"] = {{"dim"},
                  [](const Arguments& a) {
                    Tensors parts;
                    for (const auto& [name, tensor] : a.tensors) parts.push_back(tensor);
                    return cat(parts, a.get("dim", 0));
                  },
                  {{{{"a", rank4}, {"b", {2, 1, 4, 5}}}, {{"dim", 1}}}, {{{"a", {2, 3}}, {"b", {4, 3}}}}}};
  table["matmul"] = {{},
                     [](const Arguments& a) { return matmul(a["a"], a["b"]); },
                     {{{{"a", {3, 4}}, {"b", {4, 5}}}},
                      {{{"a", {2, 3, 4, 5}}, {"b", {3, 5, 2}}}},
                      {{{"a", {4}}, {"b", {2, 4, 3}}}},
                      {{{"a", {2, 3, 4}}, {"b", {4}}}},
                      {{{"a", {4}}, {"b", {4}}}}}};
  table["linear"] = {
      {},
      [](const Arguments& a) { return linear(a["input"], a["weight"], a["bias"]); },
      {{{{"input", {3, 4}}, {"weight", {5, 4}}, {"bias", {5}}}}, {{{"input", {2, 3, 4, 5}}, {"weight", {2, 5}}}}}};
  table["conv2d"] = {
      {"stride", "padding", "dilation", "groups"},
      call_conv2d,
      {{{{"input", {2, 3, 6, 5}}, {"weight", {4, 3, 3, 2}}, {"bias", {4}}}, {{"stride", {2, 1}}, {"padding", {1, 0}}}},
       {{{"input", {1, 4, 5, 6}}, {"weight", {2, 2, 2, 2}}}, {{"groups", 2}, {"dilation", {1, 2}}}},
       {{{"input", {2, 5, 4}}, {"weight", {3, 2, 2, 2}}}},
       {{{"input", {2, 2, 5, 4}}, {"weight", {3, 2, 2, 3}}}, {{"padding", "same"}, {"dilation", {3, 1}}}}}};
  table["convolution_matrix"] = {
      {"input_size", "stride", "padding", "dilation", "groups"},
      [](const Arguments& a) {
        return convolution_matrix(
            a["weight"], a.size("input_size", 5),
            {a.size("stride", 1), padding_of(a), a.size("dilation", 1), a.get<std::int64_t>("groups", 1)});
      },
      {{{{"weight", {4, 1, 3, 2}}}, {{"input_size", {5, 4}}, {"stride", {2, 1}}, {"padding", {1, 0}}, {"groups", 2}}},
       {{{"weight", {2, 3, 2, 2}}}, {{"input_size", {3, 4}}, {"padding", "same"}, {"dilation", {2, 1}}}}}};
  table["conv_transpose2d"] = {
      {"stride", "padding", "output_padding", "groups", "dilation"},
      call_conv_transpose2d,
      {{{{"input", {2, 3, 3, 2}}, {"weight", {3, 2, 3, 2}}, {"bias", {2}}},
        {{"stride", {2, 3}}, {"padding", {1, 0}}, {"output_padding", {1, 2}}}},
       {{{"input", {1, 4, 3, 2}}, {"weight", {4, 1, 2, 2}}}, {{"groups", 2}, {"dilation", {1, 2}}}},
       {{{"input", {2, 3, 4}}, {"weight", {2, 3, 2, 2}}}}}};
  const std::vector<std::pair<std::string, Shape>> image = {{"input", {3, 2, 2, 3}}, {"weight", {2}}, {"bias", {2}}},
                                                   sequence = {{"input", {4, 3, 2}}, {"weight", {3}}, {"bias", {3}}};
  table["batch_norm"] = {{"training", "momentum", "eps"},
                         call_batch_norm,
                         {{image},
                          {sequence},
                          {{{"input", {5, 3}}}},
                          {image, {{"training", false}}},
                          {sequence, {{"training", false}}},
                          {{{"input", {5, 3}}, {"bias", {3}}}, {{"training", false}}}}};
  table["batch_norm_leaky_relu"] = {
      {"training", "momentum", "eps", "negative_slope"}, call_batch_norm_leaky_relu, {}, [](const Arguments& a) {
        return leaky_relu(call_batch_norm(a), a.get("negative_slope", 0.01));
      }};
  for (const double slope : {0.0, 0.2, 1.0})
    for (const bool training : {true, false})
      for (const auto& inputs : {image, sequence})
        table["batch_norm_leaky_relu"].samples.push_back({inputs, {{"training", training}, {"negative_slope", slope}}});
  table["group_norm"] = {{"num_groups", "eps"},
                         [](const Arguments& a) {
                           return group_norm(a["input"], a.get<std::int64_t>("num_groups", 1), a["weight"], a["bias"],
                                             a.get("eps", 1e-5));
                         },
                         {{{{"input", {2, 4, 2, 3}}, {"weight", {4}}, {"bias", {4}}}, {{"num_groups", 2}}},
                          {{{"input", {2, 3, 3, 2}}, {"weight", {3}}}, {{"num_groups", 3}}},
                          {{{"input", {2, 4, 3}}, {"bias", {4}}}, {{"num_groups", 1}}},
                          {{{"input", {3, 6}}}, {{"num_groups", 2}}}}};
  table["spectral_norm"] = {{"n_power_iterations", "eps"},
                            call_spectral_norm,
                            {{{{"weight", {4, 3}}}, json::object(), {"weight"}},
                             {{{"weight", {2, 5}}}, json::object(), {"weight"}},
                             {{{"weight", {3, 2, 4}}}, json::object(), {"weight"}},
                             {{{"weight", {4, 3, 2, 3}}}, json::object(), {"weight"}}}};
  table["max_pool2d"] = {
      {"kernel_size", "stride", "padding", "dilation", "ceil_mode"},
      call_max_pool2d,
      {{{{"input", {2, 3, 5, 4}}}, {{"kernel_size", {3, 2}}, {"stride", {2, 1}}, {"padding", {1, 1}}}},
       {{{"input", {2, 6, 5}}}, {{"kernel_size", 2}, {"ceil_mode", true}}},
       {{{"input", {1, 2, 6, 5}}}, {{"kernel_size", 2}, {"dilation", 2}, {"stride", 1}}}}};
  table["avg_pool2d"] = {
      {"kernel_size", "stride", "padding"},
      call_avg_pool2d,
      {{{{"input", {2, 3, 5, 4}}}, {{"kernel_size", {3, 2}}, {"stride", {2, 1}}, {"padding", {1, 1}}}},
       {{{"input", {2, 6, 5}}}, {{"kernel_size", 2}}}}};
  table["upsample_nearest2d"] = {
      {"scale"},
      [](const Arguments& a) { return upsample_nearest2d(a["input"], a.get<std::int64_t>("scale", 2)); },
      {{{{"input", {2, 3, 2, 3}}}, {{"scale", 3}}}}};
  table["upsample_bilinear2d"] = {
      {"scale"},
      [](const Arguments& a) { return upsample_bilinear2d(a["input"], a.get<std::int64_t>("scale", 2)); },
      {{{{"input", {2, 3, 2, 3}}}, {{"scale", 3}}}}};
  table["bce_with_logits"] = loss(
      bce_with_logits,
      [](double x, double t) {
        return (t == 0 ? 0 : -t * std::log(logistic(x))) + (t == 1 ? 0 : -(1 - t) * std::log(logistic(-x)));
      },
      [](double x, double t) { return logistic(x) - t; }, [](double x, double) { return -x; });
  table["mse_loss"] = loss(
      mse_loss, [](double x, double t) { return (x - t) * (x - t); }, [](double x, double t) { return 2 * (x - t); },
      [](double x, double t) { return 2 * (t - x); });
  table["l1_loss"] = loss(
      l1_loss, [](double x, double t) { return x < t ? t - x : x - t; },
      [](double x, double t) { return sign_of(x - t); }, [](double x, double t) { return sign_of(t - x); });
  table["cross_entropy"] = {{"reduction"},
                            call_cross_entropy,
                            {{{{"input", {4, 3}}}},
                             {{{"input", {2, 3, 4, 2}}}, {{"reduction", "none"}}},
                             {{{"input", {4, 3}}}, {{"reduction", "sum"}}}}};
  return table;
}

}  // namespace

Arguments arguments_of(const Sample& sample, Rng& rng) {
  Arguments arguments;
  arguments.options = sample.options;
  for (const auto& [name, shape] : sample.inputs) {
    Tensor values = Tensor::randn(shape, rng, DType::f64);
    if (sample.positive.contains(name))
      for (double *p = values.mutable_data<double>(), *end = p + values.numel(); p != end; ++p)
        *p = 0.5 + *p * *p / (1 + *p * *p);
    arguments.tensors[name] = values.set_requires_grad(true);
  }
  return arguments;
}

const std::map<std::string, OpRow>& op_table() {
  static const std::map<std::string, OpRow> table = make_table();
  return table;
}

}  // namespace wisp::testing
