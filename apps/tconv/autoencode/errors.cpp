#include <apps/tconv/autoencode/errors.h>

#include <apps/tconv/autoencode/training.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/nn/scoped_mode.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/upsample.h>

namespace wisp::apps {
namespace {

double sum_of_squares(const Tensor& difference) {
  return mse_loss(difference, Tensor::zeros(difference.shape()), Reduction::sum).item<float>();
}

}  // namespace

Tensor mean_image(const Tensor& images) {
  const std::int64_t pixels = images.dim(2) * images.dim(3);
  std::vector<double> sums(static_cast<std::size_t>(pixels));
  const std::uint8_t* bytes = images.data<std::uint8_t>();
  for (std::int64_t i = 0; i < images.numel(); ++i) sums[static_cast<std::size_t>(i % pixels)] += bytes[i];
  std::vector<float> mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / 255 / static_cast<double>(images.dim(0))));
  return Tensor::from({1, 1, images.dim(2), images.dim(3)}, mean);
}

RestorationErrors restoration_errors(nn::Module& network, const Tensor& mean, DataLoader& loader) {
  const NoGrad guard;
  const nn::ScopedMode evaluation(network, false);
  RestorationErrors errors;
  double pixels = 0;
  for (const Batch& batch : loader.epoch(0)) {
    const Tensor images = unit_range(batch.images);
    errors.network += sum_of_squares(network(images) - images);
    errors.bilinear += sum_of_squares(upsample_bilinear2d(avg_pool2d(images, 4), 4) - images);
    errors.mean_image += sum_of_squares(mean - images);
    pixels += static_cast<double>(images.numel());
  }
  return {errors.network / pixels, errors.bilinear / pixels, errors.mean_image / pixels};
}

}  // namespace wisp::apps
