// Networks whose forward() is written in C++ and which together call every op that ONNX export knows. The elementwise
// ops of one tensor come from the op table: each is exported.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tests/ops/op_table.h>
#include <wisp/wisp.h>

namespace wisp::testing {

/// A module that is a function.
class Function : public nn::Module {
 public:
  using F = std::function<Tensors(const Tensors&)>;
  explicit Function(F f) : f_(std::move(f)) {}
  Tensors forward_all(const Tensors& inputs) const override { return f_(inputs); }

 private:
  F f_;
};

struct ExportedNetwork {
  std::string name;
  std::shared_ptr<nn::Module> module;
  Tensors samples;
};

/// BatchNorm with statistics and weights that do something.
inline nn::BatchNorm2d busy_norm(std::int64_t channels, Rng& rng) {
  nn::BatchNorm2d norm(channels);
  for (Tensor tensor : {norm.weight, norm.bias, norm.running_mean}) nn::init::normal_(tensor, 0.5, 1.0, rng);
  nn::init::uniform_(norm.running_var, 0.5, 2.0, rng);
  return norm;
}

inline std::vector<ExportedNetwork> exported_networks(Rng& rng) {
  using nn::Conv2d;
  using nn::ConvTranspose2d;
  using nn::Sequential;
  std::vector<ExportedNetwork> result;
  const auto image = [&](std::int64_t channels, std::int64_t height, std::int64_t width) {
    return Tensor::randn({2, channels, height, width}, rng);
  };
  const auto network = [&](const char* name, auto module, const Tensors& samples) {
    result.push_back({name, std::make_shared<decltype(module)>(module), samples});
  };
  const auto function = [&](const char* name, const std::function<Tensor(const Tensor&)>& f, const Tensor& sample) {
    network(name, Function([f](const Tensors& in) { return Tensors{f(in[0])}; }), {sample});
  };
  network("convolutions",
          Sequential(Conv2d(2, 4, {3, 2}, {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}, .groups = 2}, rng),
                     busy_norm(4, rng), nn::LeakyReLU(0.2), Conv2d(4, 3, {4, 3}, {.padding = Conv2dPadding::same}, rng),
                     nn::Sigmoid(), Conv2d(3, 2, 3, {.padding = 1, .padding_mode = PaddingMode::reflect}, rng)),
          {image(2, 9, 8)});
  network("transposed",
          Sequential(ConvTranspose2d(4, 6, {3, 2},
                                     {.stride = {2, 3}, .padding = {1, 0}, .output_padding = {1, 2}, .groups = 2}, rng),
                     busy_norm(6, rng), nn::ReLU(),
                     ConvTranspose2d(6, 1, 4, {.stride = 2, .padding = 1, .bias = false}, rng), nn::Tanh()),
          {image(4, 3, 4)});
  network("norms",
          Sequential(busy_norm(4, rng), nn::GroupNorm(2, 4), nn::ReLU(), busy_norm(4, rng),
                     nn::GroupNorm(4, 4, {.affine = false})),
          {image(4, 3, 5)});
  network("pools",
          Sequential(
              nn::MaxPool2d({3, 2}, {.stride = Size2d(2, 1), .padding = {1, 0}, .dilation = {1, 2}, .ceil_mode = true}),
              nn::MaxPool2d(2)),
          {image(2, 9, 8)});
  network("classifier",
          Sequential(nn::SpectralNorm(Conv2d(1, 4, 3, {}, rng), {}, rng),
                     nn::Residual(Sequential(Conv2d(4, 4, 3, {.padding = 1}, rng), nn::ReLU())), nn::Flatten(),
                     nn::Linear(64, 5, rng), nn::BatchNorm1d(5),
                     nn::SpectralNorm(nn::Linear(5, 3, {.bias = false}, rng), {}, rng)),
          {image(1, 6, 6)});
  network("rows", Sequential(nn::Linear(4, 3, rng), nn::Linear(3, 2, {.bias = false}, rng)),
          {Tensor::randn({2, 5, 4}, rng)});
  network("two_inputs", Function([](const Tensors& in) {
            return Tensors{in[0] * in[1] + 1.0, in[0] - in[1] / 2.0};
          }),
          {Tensor::randn({2, 3}, rng), Tensor::randn({2, 3}, rng)});
  for (const auto& [name, row] : op_table())
    for (const Sample& sample : row.samples)
      if (row.is_elementwise() && sample.inputs.size() == 1)
        function(
            fmt::format("{}{}", name, &sample - row.samples.data()).c_str(),
            [&row, &sample](const Tensor& x) {
              return row.call({{{"input", sample.positive.empty() ? x : square(x) + 0.5}}, sample.options});
            },
            Tensor::randn(sample.inputs[0].second, rng));
  function(
      "signs", [](const Tensor& x) { return sign(x) * tanh(-x); }, Tensor::randn({3, 4}, rng));
  function(
      "softmaxes", [](const Tensor& x) { return softmax(x, 1) + log_softmax(x, 2); }, Tensor::randn({2, 3, 4}, rng));
  function(
      "reductions",
      [](const Tensor& x) {
        return sum(x, {2}, true) + mean(x, {1}, true) * amax(x, {1, 2}, true) + sum(x, {2}).reshape({-1, 3, 1});
      },
      Tensor::randn({2, 3, 4}, rng));
  function(
      "classes", [](const Tensor& x) { return one_hot(argmax(x, 1), 4).to(DType::f32) * 2.0; },
      Tensor::randn({3, 4}, rng));
  function(
      "shapes",
      [](const Tensor& x) {
        const Tensor part = x.narrow(2, 1, 2).flip({3, 1}),
                     other = x.permute({0, 1, 3, 2}).narrow(2, 0, 2).narrow(3, 0, 4);
        return cat({part.narrow(3, 0, 4), other}, 1).reshape({x.dim(0), 2, -1});
      },
      image(2, 4, 5));
  function(
      "borders",
      [](const Tensor& x) {
        return pad2d(pad2d(pad2d(x, {1, 0, 2, 1}), {2, 1, 1, 2}, PaddingMode::reflect), {1, 2, 0, 1},
                     PaddingMode::replicate) +
               pad2d(pad2d(x, {3, 3, 3, 3}), {1, 0, 0, 1});
      },
      image(2, 5, 6));
  function(
      "larger", [](const Tensor& x) { return upsample_nearest2d(x, 2) + upsample_bilinear2d(x, 2); }, image(2, 3, 4));
  function(
      "means",
      [](const Tensor& x) {
        return avg_pool2d(x, {3, 2}, {.stride = Size2d(2, 1), .padding = {1, 1}});
      },
      image(2, 6, 5));
  function(
      "columns",
      [](const Tensor& x) {
        return group_norm(x.permute({1, 0, 2}), 1, {}, {}, 1e-5).permute({1, 0, 2});
      },
      Tensor::randn({3, 2, 4}, rng));
  network("ceilings", Sequential(nn::MaxPool2d(3, {.stride = Size2d(3), .padding = 1, .ceil_mode = true})),
          {image(1, 2, 2)});
  function(
      "products",
      [](const Tensor& x) {
        return matmul(x, x.permute({0, 2, 1})) + broadcast_to(Tensor::ones({1}), {3, 3});
      },
      Tensor::randn({2, 3, 4}, rng));
  function(
      "chosen", [](const Tensor& x) { return gather(x, 1, argmax(x, 1, true)); }, Tensor::randn({3, 4}, rng));
  function(
      "fused",
      [](const Tensor& x) {
        return batch_norm_leaky_relu(x, Tensor::full({2}, 0.5), Tensor::full({2}, 2.0), {}, Tensor::ones({2}), false,
                                     0.1, 1e-3, 0.25);
      },
      image(2, 2, 3));
  return result;
}

}  // namespace wisp::testing
