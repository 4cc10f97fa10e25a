// Every option of every public function at numbers beyond what it takes: negative, 0, 2^31, 2^60, NaN, infinite.
#include <gtest/gtest.h>

#include <models/autoencoder.h>
#include <models/class_labels.h>
#include <models/dcgan.h>
#include <models/gan_loss.h>
#include <models/judge.h>
#include <models/latent.h>
#include <models/principal_directions.h>
#include <wisp/data/square_picture.h>
#include <wisp/wisp.h>

#include <tests/ops/op_table.h>
#include <tests/ops/survive.h>

namespace wisp::testing {
namespace {

using OfTensor = std::function<Tensor(const Tensor&)>;

void on(const char* name, const std::vector<Shape>& shapes, const OfTensor& call) {
  for (const Shape& shape : shapes) survive(name, {sample(shape)}, [&](const Tensors& in) { return call(in[0]); });
}

const std::vector<Shape> images = {{1, 2, 2, 3}, {1, 1, 1, 1}, {0, 2, 2, 2}, {2, 2, 2}};

TEST(EveryOption, Dimensions) {
  const std::vector<Shape> shapes = {{}, {2}, {0}, {2, 3}, {2, 1, 3, 2}, {2, 0, 3}};
  for (const int d : extreme_dims) {
    on("sum", shapes, [=](const Tensor& x) { return sum(x, {d}); });
    on("mean", shapes, [=](const Tensor& x) { return mean(x, {d, 0}, true); });
    on("amax", shapes, [=](const Tensor& x) { return amax(x, {d}); });
    on("argmax", shapes, [=](const Tensor& x) { return argmax(x, d); });
    on("softmax", shapes, [=](const Tensor& x) { return softmax(x, d); });
    on("log_softmax", shapes, [=](const Tensor& x) { return log_softmax(x, d); });
    on("flip", shapes, [=](const Tensor& x) { return flip(x, {d}); });
    on("permute", shapes, [=](const Tensor& x) { return permute(x, {d, 0}); });
    on("cat", shapes, [=](const Tensor& x) { return cat({x, x}, d); });
    on("dim", shapes, [=](const Tensor& x) { return Tensor::full({}, static_cast<double>(x.dim(d))); });
    for (const int last : extreme_dims)
      on("Flatten", shapes, [=](const Tensor& x) { return nn::Flatten({.start_dim = d, .end_dim = last})(x); });
    for (const std::int64_t start : extremes)
      for (const std::int64_t length : extremes)
        on("narrow", {{2, 3}, {0}}, [=](const Tensor& x) { return narrow(x, d, start, length); });
  }
}

TEST(EveryOption, Extents) {
  for (const std::int64_t a : extremes)
    for (const std::int64_t b : extremes)
      on("reshape", {{}, {6}, {0}, {2, 3}, {1, 2, 3, 1}}, [=](const Tensor& x) { return reshape(x, {a, b}); });
  for (const std::int64_t a : extreme_sizes) {
    survive("empty", [=] { Tensor::empty({a, a}); });
    survive("full", [=] { Tensor::full({a}, 1, DType::i64); });
    survive("from", [=] { Tensor::from({a}, {1.0f}); });
    survive("broadcast_to", {sample({1})}, [=](const Tensors& in) { return broadcast_to(in[0], {a}); });
    survive("one_hot", [=] { one_hot(Tensor::zeros({3}, DType::i64), a); });
    survive("one_hot", [=] { one_hot(Tensor::zeros({0}, DType::i64), a); });
    survive("permutation", [=] { Rng(1).permutation(a); });
    survive("classes_in_turn", [=] { models::classes_in_turn(a, 3); });
  }
  for (const std::int64_t a : extremes)
    for (const std::int64_t first : extremes) survive("classes_in_turn", [=] { models::classes_in_turn(3, a, first); });
}

TEST(EveryOption, Conv2d) {
  const Tensor weight = sample({2, 2, 2, 2}), thin = sample({1, 1, 1, 1});
  for (const std::int64_t a : extremes) {
    for (const Tensor& w : {weight, thin}) {
      on("conv2d stride", images, [&](const Tensor& x) { return conv2d(x, w, {}, {.stride = a}); });
      on("conv2d stride", images, [&](const Tensor& x) { return conv2d(x, w, {}, {.stride = {1, a}}); });
      on("conv2d padding", images, [&](const Tensor& x) { return conv2d(x, w, {}, {.padding = a}); });
      on("conv2d dilation", images, [&](const Tensor& x) { return conv2d(x, w, {}, {.dilation = a}); });
      on("conv2d groups", images, [&](const Tensor& x) { return conv2d(x, w, {}, {.groups = a}); });
      on("conv2d same", images,
         [&](const Tensor& x) { return conv2d(x, w, {}, {.padding = Conv2dPadding::same, .dilation = a}); });
      on("transposed stride", images, [&](const Tensor& x) { return conv_transpose2d(x, w, {}, {.stride = a}); });
      on("transposed padding", images, [&](const Tensor& x) { return conv_transpose2d(x, w, {}, {.padding = a}); });
      on("transposed groups", images, [&](const Tensor& x) { return conv_transpose2d(x, w, {}, {.groups = a}); });
      on("transposed dilation", images, [&](const Tensor& x) { return conv_transpose2d(x, w, {}, {.dilation = a}); });
      on("output_padding", images,
         [&](const Tensor& x) { return conv_transpose2d(x, w, {}, {.stride = 3, .output_padding = a}); });
      on("convolution_matrix", {{2, 2, 2, 1}, {1, 0, 1, 1}},
         [&](const Tensor& x) { return convolution_matrix(x, a, {.stride = 2}); });
      on("convolution_matrix", {{2, 2, 2, 1}, {1, 0, 1, 1}},
         [&](const Tensor& x) { return convolution_matrix(x, 3, {.padding = a}); });
      on("convolution_matrix", {{2, 2, 2, 1}, {1, 0, 1, 1}},
         [&](const Tensor& x) { return convolution_matrix(x, 3, {.stride = a, .dilation = a, .groups = a}); });
    }
    for (const std::int64_t b : extremes)
      for (const std::int64_t c : extremes) {
        survive("conv2d_output_size", [=] { conv2d_output_size(a, b, {.stride = c, .padding = b, .dilation = a}); });
        survive("conv2d_output_size",
                [=] { conv2d_output_size(2, a, {.padding = Conv2dPadding::same, .dilation = b}); });
        survive("around", [=] { Conv2dPadding(Conv2dPadding::same).around({a, b}, c); });
        survive("conv_transpose2d_output_size", [=] {
          conv_transpose2d_output_size(a, b, {.stride = c, .padding = a, .output_padding = b, .dilation = c});
        });
        survive("conv_transpose2d_output_padding",
                [=] { conv_transpose2d_output_padding(a, b, c, {.stride = b, .padding = c, .dilation = a}); });
      }
  }
}

TEST(EveryOption, Pooling) {
  for (const std::int64_t a : extremes) {
    on("max_pool2d kernel", images, [=](const Tensor& x) { return max_pool2d(x, a); });
    on("avg_pool2d kernel", images, [=](const Tensor& x) { return avg_pool2d(x, a); });
    for (const std::int64_t b : extremes) {
      on("max_pool2d", images,
         [=](const Tensor& x) { return max_pool2d(x, a, {.stride = b, .padding = a / 2, .ceil_mode = true}); });
      on("max_pool2d", images, [=](const Tensor& x) { return max_pool2d(x, 2, {.padding = a, .dilation = b}); });
      on("avg_pool2d", images, [=](const Tensor& x) { return avg_pool2d(x, 2, {.stride = a, .padding = b}); });
    }
    on("upsample_nearest2d", images, [=](const Tensor& x) { return upsample_nearest2d(x, a); });
    on("upsample_bilinear2d", images, [=](const Tensor& x) { return upsample_bilinear2d(x, a); });
    for (const PaddingMode mode :
         {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::replicate, PaddingMode::circular}) {
      on("pad2d", images, [=](const Tensor& x) { return pad2d(x, {a, a, a, a}, mode); });
      on("pad2d", images, [=](const Tensor& x) { return pad2d(x, {a, -3, -1, a}, mode); });
    }
    on("group_norm", images, [=](const Tensor& x) { return group_norm(x, a); });
    on("group_norm", {{2, 0, 3}}, [=](const Tensor& x) { return group_norm(x, a); });
    for (const std::int64_t b : extreme_sizes) survive("bilinear_kernel", [=] { bilinear_kernel(b, b, a); });
  }
}

TEST(EveryOption, Numbers) {
  for (const double a : extreme_numbers) {
    on("group_norm", images, [=](const Tensor& x) { return group_norm(x, 1, {}, {}, a); });
    on("power_iteration", {{2, 2}}, [=](const Tensor& x) { return power_iteration(x, sample({1, 2}), a).u; });
    for (const double b : extreme_numbers) {
      on("batch_norm", {{2, 2}, {0, 2}, {1, 2, 2, 2}}, [=](const Tensor& x) {
        return batch_norm_leaky_relu(x, Tensor::ones({2}), Tensor::ones({2}), {}, {}, true, a, b, a);
      });
      on("to_u8", {{2, 2}}, [=](const Tensor& x) { return to_u8(x * a, {b, a}); });
      on("uniform_", {{2}}, [=](const Tensor& x) {
        Rng rng(1);
        nn::init::uniform_(x.detach(), a, b, rng);
        nn::init::normal_(x.detach(), a, b, rng);
        return Tensor{};
      });
      for (const double c : extreme_numbers)
        on("random_affine", {{2, 1, 3, 3}, {1, 2, 4, 1}}, [=](const Tensor& x) {
          Rng rng(1);
          return random_affine(x.detach(), {.degrees = c, .translate = a, .scale = {b, b}, .fill = a}, rng);
        });
      survive("kl_divergence", [=] { metrics::kl_divergence({a, 0.5}, {b, 0.5}, a); });
      survive("Adam", [=] { optim::Adam({sample({2})}, {.lr = a, .betas = {a, b}, .eps = b}).step(); });
    }
    for (const models::GanLoss loss : {models::GanLoss::bce, models::GanLoss::hinge, models::GanLoss::wgan_gp})
      on("discriminator_loss", {{2}, {0}, {}}, [=](const Tensor& x) {
        const models::GanLossOptions options{.loss = loss, .label_smoothing = a, .penalty = a};
        models::check_gan_loss(options);
        return models::discriminator_loss_on_real(options, x) + models::discriminator_loss_on_fake(options, x);
      });
    survive("confident_share", [=] { metrics::confident_share(Tensor::ones({2, 1}), a); });
    survive("make_grid", [=] { make_grid(sample({2, 1, 2, 2}), {.pad_value = a}); });
  }
}

// The options of the elementwise ops of the table that are numbers.
TEST(EveryOption, NumbersOfTheTable) {
  for (const auto& [name, row] : op_table()) {
    if (!row.is_elementwise()) continue;
    for (const Sample& sample_of_op : row.samples)
      for (const auto& [option, value] : sample_of_op.options.items())
        for (const double number : extreme_numbers) {
          if (!value.is_number_float()) continue;
          Arguments arguments{{}, sample_of_op.options};
          arguments.options[option] = number;
          on(name.c_str(), {{2, 2}}, [&](const Tensor& x) {
            arguments.tensors["input"] = x;
            return row.call(arguments);
          });
        }
  }
}

TEST(EveryOption, Layers) {
  Rng rng(3);
  for (const std::int64_t a : extreme_sizes)
    for (const std::int64_t b : extreme_sizes) {
      survive("Linear", [&] { nn::Linear(a, b, rng); });
      survive("Conv2d", [&] { nn::Conv2d(a, b, 1, {}, rng); });
      survive("Conv2d", [&] { nn::Conv2d(2, 2, {a, b}, {}, rng); });
      survive("Conv2d", [&] {
        nn::Conv2d(2, 2, 1, {.stride = a, .padding = b, .dilation = a}, rng)(sample({2, 3, 3}));
      });
      survive("Conv2d", [&] {
        nn::Conv2d(2, 2, 2, {.padding = a, .groups = b, .padding_mode = PaddingMode::replicate},
                   rng)(sample({2, 3, 3}));
      });
      survive("ConvTranspose2d", [&] { nn::ConvTranspose2d(a, 2, b, {}, rng); });
      survive("ConvTranspose2d", [&] {
        nn::ConvTranspose2d(2, 2, 2, {.stride = 2}, rng).forward(sample({2, 3, 3}), Shape{a, b});
      });
      survive("ConvTranspose2d", [&] {
        nn::ConvTranspose2d(2, 2, 1, {.stride = a, .padding = b, .dilation = a}, rng)(sample({2, 1, 1}));
      });
      survive("GroupNorm", [&] { nn::GroupNorm(a, b); });
      survive("MaxPool2d", [&] { nn::MaxPool2d(a, {.stride = b})(sample({1, 3, 3})); });
      survive("SpectralNorm", [&] {
        nn::SpectralNorm(nn::Linear(2, 2, rng), {.n_power_iterations = a, .eps = static_cast<double>(b)},
                         rng)(sample({1, 2}));
      });
      survive("DataLoader", [&] {
        DataLoader loader({.images = sample({3, 1, 2, 2}, DType::u8), .labels = {}}, {.batch_size = 2});
        loader.batch(a, b);
      });
      survive("autoencoder", [&] { models::autoencoder({.channels = a, .width = b}, rng); });
    }
  for (const std::int64_t a : extreme_sizes) {
    survive("BatchNorm1d", [&] { nn::BatchNorm1d{a}; });
    survive("BatchNorm2d", [&] { nn::BatchNorm2d{a}; });
    survive("Judge", [&] { models::Judge(a, rng); });
    survive("interpolate", [&] {
      models::interpolate(sample({2, 2}), sample({2, 2}), a, models::Interpolation::slerp);
    });
  }
  for (const std::int64_t a : extremes) {
    survive("DataLoader", [&] {
      const int size = static_cast<int>(std::clamp<std::int64_t>(a, -5, 1 << 30));
      DataLoader({.images = sample({3, 1, 2, 2}, DType::u8), .labels = {}}, {.batch_size = a, .image_size = size});
    });
    survive("BilinearResize", [&] { detail::BilinearResize(a, 2, 1, 2); });
    survive("BilinearResize", [&] { detail::BilinearResize(2, 2, a, a); });
    survive("square_picture", [&] {
      std::vector<std::uint8_t> out(27);
      detail::square_picture(sample({1, 2, 3}, DType::u8), a, out.data());
    });
    survive("draw_shapes", [&] {
      if (a < 8) draw_shapes(Split::test, a);
    });
    for (std::int64_t models::DcganOptions::*option :
         {&models::DcganOptions::latent, &models::DcganOptions::base_channels, &models::DcganOptions::image_size,
          &models::DcganOptions::channels, &models::DcganOptions::generator_blocks, &models::DcganOptions::classes,
          &models::DcganOptions::discriminator_blocks}) {
      models::DcganOptions options;
      options.*option = a;
      survive("dcgan", [&] { models::check_dcgan(options); });
    }
    survive("principal_directions", [&] { models::principal_directions(sample({3, 2}), a); });
  }
  for (const int k : extreme_dims) {
    survive("kth_nearest_distances", [&] { metrics::kth_nearest_distances(sample({3, 2}), k); });
    survive("precision_recall", [&] { metrics::precision_recall(sample({3, 2}), sample({3, 2}), k); });
    survive("coverage_ceiling", [&] { metrics::coverage_ceiling(k); });
    survive("make_grid", [&] { make_grid(sample({2, 1, 2, 2}), {.nrow = k, .padding = k}); });
  }
}

}  // namespace
}  // namespace wisp::testing
