// Every public function with tensors of every rank and small or huge extents, alone and in pairs that do not fit.
#include <gtest/gtest.h>

#include <models/autoencoder.h>
#include <models/class_labels.h>
#include <models/gan_loss.h>
#include <models/judge.h>
#include <models/latent.h>
#include <models/lenet.h>
#include <models/principal_directions.h>
#include <wisp/data/square_picture.h>
#include <wisp/wisp.h>

#include <tests/ops/op_table.h>
#include <tests/ops/survive.h>

#if defined(__SANITIZE_ADDRESS__)
// What the system has no memory for is an answer of the library's to give, not the sanitizer's.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif

namespace wisp::testing {
namespace {

using Unary = std::pair<const char*, std::function<Tensor(const Tensor&)>>;
using Binary = std::pair<const char*, std::function<Tensor(const Tensor&, const Tensor&)>>;

// Turns a result that is no tensor into none.
template <class Call>
auto no_tensor(Call call) {
  return [call](const auto&... x) {
    call(x...);
    return Tensor{};
  };
}

Tensor with_rng(const std::function<Tensor(Rng&)>& call) {
  Rng rng(1);
  return call(rng);
}

// Every sample of the elementwise ops of the table that have so many inputs, as a call of other tensors.
std::vector<std::pair<const char*, std::function<Tensor(const Tensors&)>>> of_table(std::size_t inputs) {
  std::vector<std::pair<const char*, std::function<Tensor(const Tensors&)>>> calls;
  for (const auto& [name, row] : op_table())
    for (const Sample& sample : row.samples)
      if (row.is_elementwise() && sample.inputs.size() == inputs)
        calls.emplace_back(name.c_str(), [&row, &sample](const Tensors& in) {
          Arguments arguments{{}, sample.options};
          for (std::size_t i = 0; i < in.size(); ++i) arguments.tensors[sample.inputs[i].first] = in[i];
          return row.call(arguments);
        });
  return calls;
}

std::vector<Unary> elementwise() {
  std::vector<Unary> calls = {{"sign", sign},
                              {"to", [](const Tensor& x) { return x.to(DType::bf16).to(DType::f64); }},
                              {"detach", [](const Tensor& x) { return x.detach(); }},
                              {"plus a number", [](const Tensor& x) { return 2.0 - x / 3.0; }}};
  for (const auto& [name, call] : of_table(1))
    calls.emplace_back(name, [call = call](const Tensor& x) { return call({x}); });
  return calls;
}

std::vector<Unary> rearranging() {
  std::vector<Unary> calls = {{"permute",
                               [](const Tensor& x) {
                                 return permute(x, {1, 0});
                               }},
                              {"permute",
                               [](const Tensor& x) {
                                 return permute(x, {3, 1, 0, 2});
                               }},
                              {"permute",
                               [](const Tensor& x) {
                                 return permute(x, {-1, 0, 1});
                               }},
                              {"reshape", [](const Tensor& x) { return reshape(x, {-1}); }},
                              {"reshape",
                               [](const Tensor& x) {
                                 return reshape(x, {2, -1, 1, 1});
                               }},
                              {"reshape",
                               [](const Tensor& x) {
                                 return reshape(x, {0, -1});
                               }},
                              {"flip",
                               [](const Tensor& x) {
                                 return flip(x, {0, -1});
                               }},
                              {"cat",
                               [](const Tensor& x) {
                                 return cat({x, x, x}, -1);
                               }},
                              {"broadcast_to",
                               [](const Tensor& x) {
                                 return broadcast_to(x, {2, 1, 3, 2, 2});
                               }},
                              {"sum_to",
                               [](const Tensor& x) {
                                 return sum_to(x, {1, 2});
                               }},
                              {"one_hot", [](const Tensor& x) { return one_hot(x.to(DType::i64), 4); }}};
  for (const PaddingMode mode :
       {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::replicate, PaddingMode::circular})
    for (const Padding2d& padding : {Padding2d{1, 0, 2, 1}, Padding2d{-1, 1, 0, -1}})
      calls.emplace_back("pad2d", [=](const Tensor& x) { return pad2d(x, padding, mode); });
  return calls;
}

std::vector<Unary> reducing() {
  std::vector<Unary> calls;
  for (const int dim : {0, -1, 2})
    for (const bool keepdim : {false, true}) {
      calls.emplace_back("sum", [=](const Tensor& x) { return sum(x, {dim}, keepdim); });
      calls.emplace_back("mean", [=](const Tensor& x) { return mean(x, {dim}, keepdim); });
      calls.emplace_back("amax", [=](const Tensor& x) { return amax(x, {dim}, keepdim); });
      calls.emplace_back("argmax", [=](const Tensor& x) { return argmax(x, dim, keepdim); });
      calls.emplace_back("softmax", [=](const Tensor& x) { return softmax(x, dim); });
      calls.emplace_back("log_softmax", [=](const Tensor& x) { return log_softmax(x, dim); });
    }
  calls.emplace_back("sum", [](const Tensor& x) { return sum(x); });
  calls.emplace_back("mean", [](const Tensor& x) { return mean(x); });
  calls.emplace_back("amax", [](const Tensor& x) { return amax(x); });
  return calls;
}

const std::vector<Unary> of_images = {
    {"max_pool2d", [](const Tensor& x) { return max_pool2d(x, 2, {.stride = 1, .padding = 1, .ceil_mode = true}); }},
    {"max_pool2d",
     [](const Tensor& x) {
       return max_pool2d(x, {2, 1});
     }},
    {"max_pool2d", [](const Tensor& x) { return max_pool2d(x, 2, {.padding = 1, .dilation = 3}); }},
    {"avg_pool2d",
     [](const Tensor& x) {
       return avg_pool2d(x, {1, 2});
     }},
    {"upsample_nearest2d", [](const Tensor& x) { return upsample_nearest2d(x, 2); }},
    {"upsample_bilinear2d", [](const Tensor& x) { return upsample_bilinear2d(x, 3); }},
    {"group_norm", [](const Tensor& x) { return group_norm(x, 1); }},
    {"group_norm", [](const Tensor& x) { return group_norm(x, 2, Tensor::ones({2}), Tensor::ones({2})); }},
    {"batch_norm", [](const Tensor& x) { return batch_norm(x, {}, {}, {}, {}, true); }},
    {"batch_norm", [](const Tensor& x) { return batch_norm(x, Tensor::ones({2}), Tensor::ones({2})); }},
    {"batch_norm_leaky_relu",
     [](const Tensor& x) { return batch_norm_leaky_relu(x, {}, {}, {}, {}, true, 0.1, 1e-5, 0.2); }},
    {"convolution_matrix",
     [](const Tensor& x) {
       return convolution_matrix(x, {3, 2});
     }},
    {"to_u8", [](const Tensor& x) { return to_u8(x); }},
    {"make_grid", [](const Tensor& x) { return make_grid(x); }},
    {"encode_png", no_tensor([](const Tensor& x) { encode_png(x.to(DType::u8)); })},
    {"random_affine",
     [](const Tensor& x) { return with_rng([&](Rng& rng) { return random_affine(x, {.degrees = 9}, rng); }); }},
    {"square_picture", no_tensor([](const Tensor& x) {
       std::vector<std::uint8_t> out(4 * 4 * 3);
       detail::square_picture(x.to(DType::u8), 4, out.data());
     })},
    {"DataLoader", no_tensor([](const Tensor& x) {
       DataLoader({.images = x.to(DType::u8), .labels = {}}, {.image_size = 4}).batch(0, 0);
     })}};

template <class Layer>
Unary layer(const char* name, Layer made) {
  const auto shared = std::make_shared<Layer>(std::move(made));
  return {name, [shared](const Tensor& x) { return (*shared)(x); }};
}

std::vector<Unary> layers() {
  Rng rng(2);
  std::vector<Unary> calls = {
      layer("ReLU", nn::ReLU()),
      layer("LeakyReLU", nn::LeakyReLU()),
      layer("Tanh", nn::Tanh()),
      layer("Sigmoid", nn::Sigmoid()),
      layer("Linear", nn::Linear(2, 3, rng)),
      layer("Flatten", nn::Flatten()),
      layer("Flatten", nn::Flatten({.start_dim = 0, .end_dim = 2})),
      layer("BatchNorm1d", nn::BatchNorm1d(2)),
      layer("BatchNorm2d", nn::BatchNorm2d(2, {.momentum = std::nullopt})),
      layer("GroupNorm", nn::GroupNorm(1, 2)),
      layer("MaxPool2d", nn::MaxPool2d(2)),
      layer("Conv2d", nn::Conv2d(2, 3, 2, {.padding = 1}, rng)),
      layer("Conv2d", nn::Conv2d(2, 2, {3, 2}, {.padding = Conv2dPadding::same, .groups = 2}, rng)),
      layer("Conv2d", nn::Conv2d(2, 2, 2, {.padding = 1, .padding_mode = PaddingMode::reflect}, rng)),
      layer("ConvTranspose2d", nn::ConvTranspose2d(2, 3, 2, {.stride = 2, .output_padding = 1}, rng)),
      layer("SpectralNorm", nn::SpectralNorm(nn::Linear(2, 2, rng), {}, rng)),
      layer("SpectralNorm", nn::SpectralNorm(nn::Conv2d(2, 2, 1, {}, rng), {}, rng)),
      layer("Sequential", nn::Sequential(nn::BatchNorm2d(2), nn::LeakyReLU(0.2))),
      layer("Residual", nn::Residual(nn::Sequential(nn::Linear(2, 2, rng), nn::ReLU()))),
      layer("lenet", models::lenet(rng)),
      layer("Judge", models::Judge(3, rng)),
      layer("autoencoder", models::autoencoder({.width = 2}, rng))};
  const auto transposed = std::make_shared<nn::ConvTranspose2d>(2, 1, 2, nn::ConvTranspose2dOptions{.stride = 2}, rng);
  calls.emplace_back("ConvTranspose2d", [transposed](const Tensor& x) { return transposed->forward(x, Shape{5, 4}); });
  return calls;
}

const std::vector<Unary> metrics_and_models = {
    {"inception_score", no_tensor([](const Tensor& x) { metrics::inception_score(x); })},
    {"class_histogram", no_tensor([](const Tensor& x) { metrics::class_histogram(x); })},
    {"confident_share", no_tensor([](const Tensor& x) { metrics::confident_share(softmax(x, 1)); })},
    {"fit_gaussian", no_tensor([](const Tensor& x) { metrics::fit_gaussian(x); })},
    {"grid_energy", no_tensor([](const Tensor& x) { metrics::grid_energy(x); })},
    {"principal_directions", no_tensor([](const Tensor& x) { models::principal_directions(x, 1); })},
    {"kth_nearest_distances", no_tensor([](const Tensor& x) { metrics::kth_nearest_distances(x, 1); })},
    {"precision_recall", no_tensor([](const Tensor& x) { metrics::precision_recall(x, x, 1); })},
    {"interpolate", [](const Tensor& x) { return models::interpolate(x, x, 2, models::Interpolation::slerp); }},
    {"normal_", no_tensor([](const Tensor& x) {
       with_rng([&](Rng& r) {
         nn::init::normal_(x, 0, 1, r);
         return x;
       });
     })},
    {"default_", no_tensor([](const Tensor& x) {
       with_rng([&](Rng& r) {
         nn::init::default_(x, nn::init::fan_in(x), r);
         return x;
       });
     })},
    {"SpectralNormWeight", [](const Tensor& x) {
       return with_rng([&](Rng& rng) { return nn::SpectralNormWeight(x.detach(), {}, rng)(x); });
     }}};

const std::vector<Binary> by_hand = {
    {"add", add},
    {"sub", sub},
    {"mul", mul},
    {"div", div},
    {"matmul", matmul},
    {"linear", [](const Tensor& x, const Tensor& w) { return linear(x, w); }},
    {"linear",
     [](const Tensor& x, const Tensor& b) {
       return linear(x, Tensor::ones({2, 3}), b);
     }},
    {"leaky_relu_backward", [](const Tensor& g, const Tensor& gate) { return leaky_relu_backward(g, gate, 0.1); }},
    {"cross_entropy", [](const Tensor& x, const Tensor& t) { return cross_entropy(x, t.to(DType::i64)); }},
    {"cross_entropy",
     [](const Tensor& x, const Tensor& t) {
       return cross_entropy(x, Tensor::zeros(t.shape(), DType::i64), Reduction::none);
     }},
    {"broadcast_to", [](const Tensor& x, const Tensor& y) { return broadcast_to(x, y.shape()); }},
    {"sum_to", [](const Tensor& x, const Tensor& y) { return sum_to(x, y.shape()); }},
    {"reshape", [](const Tensor& x, const Tensor& y) { return x.reshape(y.shape()); }},
    {"cat",
     [](const Tensor& x, const Tensor& y) {
       return cat({x, y}, 0);
     }},
    {"cat",
     [](const Tensor& x, const Tensor& y) {
       return cat({x, y}, -1);
     }},
    {"copy_",
     [](const Tensor& x, const Tensor& y) {
       x.detach().copy_(y);
       return Tensor{};
     }},
    {"conv2d", [](const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.padding = 1}); }},
    {"conv2d",
     [](const Tensor& x, const Tensor& b) {
       return conv2d(x, Tensor::ones({2, 2, 1, 1}), b);
     }},
    {"conv2d",
     [](const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.padding = Conv2dPadding::same, .groups = 2}); }},
    {"conv_transpose2d", [](const Tensor& x, const Tensor& w) { return conv_transpose2d(x, w, {}, {.stride = 2}); }},
    {"conv_transpose2d",
     [](const Tensor& x, const Tensor& b) {
       return conv_transpose2d(x, Tensor::ones({2, 1, 1, 2}), b);
     }},
    {"batch_norm", [](const Tensor& x, const Tensor& w) { return batch_norm(x, {}, {}, w, w, true); }},
    {"batch_norm",
     [](const Tensor& x, const Tensor& v) { return batch_norm(x, v.detach() * 1.0, v.detach() * 1.0, {}, {}, true); }},
    {"batch_norm", [](const Tensor& x, const Tensor& v) { return batch_norm(x, v.detach(), v.detach()); }},
    {"group_norm", [](const Tensor& x, const Tensor& w) { return group_norm(x, 1, w, w); }},
    {"power_iteration", [](const Tensor& w, const Tensor& v) { return power_iteration(w, v).u; }},
    {"spectral_norm", [](const Tensor& w, const Tensor& v) { return spectral_norm(w, power_iteration(w, v)); }},
    {"spectral_norm",
     [](const Tensor& w, const Tensor& u) {
       return spectral_norm(w, {u, w.detach()});
     }},
    {"nearest_neighbors", no_tensor([](const Tensor& x, const Tensor& y) { metrics::nearest_neighbors(x, y); })},
    {"nearest_distances", no_tensor([](const Tensor& x, const Tensor& y) { metrics::nearest_distances(x, y); })},
    {"kernel_distance", no_tensor([](const Tensor& x, const Tensor& y) { metrics::kernel_distance(x, y); })},
    {"precision_recall", no_tensor([](const Tensor& x, const Tensor& y) { metrics::precision_recall(x, y, 1); })},
    {"frechet_distance", no_tensor([](const Tensor& x, const Tensor& y) {
       const metrics::Gaussian gaussian{x.to(DType::f64), y.to(DType::f64)};
       metrics::frechet_distance(gaussian, gaussian);
     })},
    {"label_accuracy", no_tensor([](const Tensor& x, const Tensor& y) {
       metrics::label_accuracy(softmax(x, -1), Tensor::zeros(y.shape(), DType::i64));
     })},
    {"with_labels",
     [](const Tensor& x, const Tensor& y) { return models::with_labels(x, Tensor::zeros(y.shape(), DType::i64), 2); }},
    {"logits_of_labels",
     [](const Tensor& x,
        const Tensor& y) { return models::logits_of_labels(x, Tensor::zeros(y.shape(), DType::i64)); }},
    {"interpolate",
     [](const Tensor& x, const Tensor& y) { return models::interpolate(x, y, 3, models::Interpolation::linear); }},
    {"interpolate", [](const Tensor& x, const Tensor& e) { return models::interpolate(x, x, e); }},
    {"generator_loss",
     [](const Tensor& x, const Tensor& y) { return models::generator_loss({.loss = models::GanLoss::r3gan}, x, y); }},
    {"gradient_penalty", [](const Tensor& x, const Tensor& y) {
       return models::gradient_penalty({.loss = models::GanLoss::r1}, x * y, x);
     }}};

std::vector<Binary> of_pairs() {
  std::vector<Binary> calls = by_hand;
  for (const auto& [name, call] : of_table(2))
    calls.emplace_back(name, [call = call](const Tensor& x, const Tensor& y) { return call({x, y}); });
  return calls;
}

// Shapes to pair: of every rank some.
std::vector<Shape> shapes_to_pair() {
  return {{},        {0},          {1},          {2},          {3},          {0, 3},          {2, 0},
          {1, 1},    {2, 2},       {3, 2},       {2, 3},       {0, 2, 3},    {2, 3, 2},       {2, 2, 2},
          {1, 3, 2}, {2, 2, 1, 1}, {2, 2, 3, 2}, {2, 1, 2, 2}, {0, 2, 2, 2}, {2, 0, 2, 2},    {2, 2, 0, 2},
          {2, 1, 3}, {1, 2, 1, 1}, {3, 2, 2, 3}, {1, 3, 1, 1}, {1, 1, 1, 1}, {2, 1, 2, 2, 2}, {1, 0, 2, 1, 3}};
}

void try_all(const std::vector<Unary>& calls, const std::vector<Shape>& shapes, DType dtype = DType::f32) {
  for (const Shape& shape : shapes) {
    const Tensor x = sample(shape, dtype);
    for (const Unary& call : calls) survive(call.first, {x}, [&](const Tensors& in) { return call.second(in[0]); });
  }
}

void try_other_dtypes(const std::vector<Unary>& calls) {
  for (const DType dtype : {DType::f64, DType::bf16, DType::u8, DType::i64})
    try_all(calls, {{}, {3}, {2, 2}, {0, 2}, {2, 2, 2}, {2, 2, 4, 4}, {0, 2, 2, 2}, {1, 3, 3, 3}}, dtype);
  for (const Unary& call : calls)
    survive(call.first, {Tensor{}}, [&](const Tensors& in) { return call.second(in[0]); });
}

void try_everything(const std::vector<Unary>& calls, const std::vector<std::int64_t>& extents) {
  try_all(calls, all_shapes(extents));
  try_all(calls, huge_and_empty);
  try_other_dtypes(calls);
}

TEST(EveryShape, Elementwise) { try_everything(elementwise(), {0, 1, 3}); }
TEST(EveryShape, Rearranging) { try_everything(rearranging(), {0, 1, 2}); }
TEST(EveryShape, Reducing) { try_everything(reducing(), {0, 1, 2}); }
TEST(EveryShape, Images) { try_everything(of_images, {0, 1, 2, 3}); }
TEST(EveryShape, Layers) { try_everything(layers(), {0, 1, 2}); }
TEST(EveryShape, MetricsAndModels) { try_everything(metrics_and_models, {0, 1, 2}); }

TEST(EveryShape, Pairs) {
  const std::vector<Binary> binary = of_pairs();
  std::vector<Shape> shapes = shapes_to_pair();
  shapes.insert(shapes.end(), huge_and_empty.begin(), huge_and_empty.end());
  for (const Shape& first : shapes)
    for (const Shape& second : shapes) {
      const Tensor x = sample(first), y = sample(second);
      for (const Binary& call : binary)
        survive(call.first, {x, y}, [&](const Tensors& in) { return call.second(in[0], in[1]); });
    }
  for (const Binary& call : binary)
    for (const auto& [x, y] : {std::pair{Tensor{}, sample({2})}, std::pair{sample({2, 2}), Tensor{}},
                               std::pair{sample({2, 2}), sample({2, 2}, DType::f64)},
                               std::pair{sample({2, 2}, DType::i64), sample({2, 2}, DType::i64)},
                               std::pair{sample({2, 2, 2, 2}, DType::bf16), sample({2, 2, 2, 2}, DType::bf16)}})
      survive(call.first, {x, y}, [&](const Tensors& in) { return call.second(in[0], in[1]); });
}

}  // namespace
}  // namespace wisp::testing
