#include <apps/tconv/autoencode/page.h>

#include <algorithm>
#include <cmath>

#include <tconv_page_files.h>

#include <apps/common/page.h>
#include <apps/common/signed_colours.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/io/png.h>
#include <wisp/nn/print.h>
#include <wisp/nn/scoped_mode.h>
#include <wisp/ops/loss.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t curve_points = 200;

const std::string page_name = "index.html", overview_name = "pictures/restored.png";

std::string given_name(std::int64_t k) { return fmt::format("pictures/{}-00-given.png", k); }
std::string map_name(std::int64_t k, std::size_t layer, const std::string& name) {
  return fmt::format("pictures/{}-{:02}-{}.png", k, layer + 1, name.substr(0, name.find('(')));
}

// Means of equally many steps each: [[last step, mean loss], ...].
nlohmann::json curve(const std::vector<double>& losses) {
  nlohmann::json points = nlohmann::json::array();
  const auto steps = static_cast<std::int64_t>(losses.size()), count = std::min(steps, curve_points);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = i * steps / count, end = (i + 1) * steps / count;
    double sum = 0;
    for (std::int64_t step = begin; step < end; ++step) sum += losses[static_cast<std::size_t>(step)];
    points.push_back({end, sum / static_cast<double>(end - begin)});
  }
  return points;
}

// Encodes images, keeps them in the folder, and gives their addresses.
class Pictures {
 public:
  explicit Pictures(std::string folder) : folder_(std::move(folder)) {}

  std::string grey(const std::string& name, const Tensor& images) const {
    return keep(name, make_grid(images, {.value_range = {0, 1}}));
  }
  std::string maps(const std::string& name, const Tensor& channels, double largest) const {
    return keep(name, make_grid(signed_colours(channels, largest),
                                {.nrow = columns(channels.dim(0)), .padding = 1, .pad_value = 0.5}));
  }
  // Of the grid that maps() makes of (N, C, H, W).
  static std::int64_t pixels_across(const Shape& shape) {
    return shape.dim(1) == 1 ? shape.dim(3) : columns(shape.dim(1)) * (shape.dim(3) + 1) + 1;
  }

 private:
  static int columns(std::int64_t channels) { return channels > 16 ? 8 : 4; }
  std::string keep(const std::string& name, const Tensor& image) const {
    return keep_picture(folder_ + "/" + name, image);
  }

  std::string folder_;
};

// Of every layer, for all pictures.
Tensors layer_outputs(const AutoencodeReport& report) {
  Tensors outputs;
  for (std::size_t i = 0; i < report.model.size(); ++i) {
    outputs.push_back(report.model[i](i == 0 ? report.pictures : outputs.back()));
    const std::vector<float> values = outputs.back().values<float>();
    check(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }),
          "autoencode: after step {} {} gives numbers that are not finite; lower --lr", report.losses.size(),
          nn::one_line(report.model[i]));
  }
  return outputs;
}

// What every layer makes of every picture.
nlohmann::json layers(const nn::Sequential& model, const Tensors& outputs, const Pictures& pictures) {
  nlohmann::json result = nlohmann::json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& x = outputs[i];
    const std::string name = nn::one_line(model[i]);
    const bool last = i + 1 == outputs.size();
    const std::vector<float> values = x.values<float>();
    const double largest = largest_magnitude(x);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    nlohmann::json maps = nlohmann::json::array();
    for (std::int64_t k = 0; k < x.dim(0); ++k) {
      const std::string file = map_name(k, i, name);
      const Tensor image = x.narrow(0, k, 1);
      maps.push_back(last ? pictures.grey(file, image)
                          : pictures.maps(file, image.reshape({x.dim(1), x.dim(2), x.dim(3)}), largest));
    }
    result.push_back({{"name", name},
                      {"size", {x.dim(1), x.dim(2), x.dim(3)}},
                      {"low", *low},
                      {"high", *high},
                      {"columns", Pictures::pixels_across(x.shape())},
                      {"maps", maps}});
  }
  return result;
}

}  // namespace

std::vector<std::string> autoencode_files(const nn::Sequential& model, std::int64_t count) {
  std::vector<std::string> files = {page_name, overview_name};
  for (std::int64_t k = 0; k < count; ++k) {
    files.push_back(given_name(k));
    for (std::size_t i = 0; i < model.size(); ++i) files.push_back(map_name(k, i, nn::one_line(model[i])));
  }
  return files;
}

void write_autoencode_page(const std::string& out, const AutoencodeReport& report) {
  const NoGrad guard;
  const nn::ScopedMode evaluation(report.model, false);
  const Pictures pictures(out);
  const Tensors outputs = layer_outputs(report);
  const Tensor& restored = outputs.back();
  nlohmann::json data{{"steps", report.losses.size()},
                      {"batch", report.batch},
                      {"trainImages", report.train_images},
                      {"testImages", report.test_images},
                      {"errors",
                       {{"network", report.errors.network},
                        {"bilinear", report.errors.bilinear},
                        {"meanImage", report.errors.mean_image}}},
                      {"curve", curve(report.losses)},
                      {"layers", layers(report.model, outputs, pictures)}};
  const auto count = static_cast<int>(report.pictures.dim(0));
  for (int k = 0; k < count; ++k) {
    const Tensor picture = report.pictures.narrow(0, k, 1);
    data["pictures"].push_back({{"given", pictures.grey(given_name(k), picture)},
                                {"restored", data["layers"].back()["maps"][static_cast<std::size_t>(k)]},
                                {"error", mse_loss(restored.narrow(0, k, 1), picture).item<float>()}});
  }
  // Upper row: what was given; lower row: what came out.
  std::vector<float> both = report.pictures.values<float>();
  const std::vector<float> lower = restored.values<float>();
  both.insert(both.end(), lower.begin(), lower.end());
  save_image(Tensor::from({2 * count, 1, restored.dim(2), restored.dim(3)}, both), out + "/" + overview_name,
             {.nrow = count, .value_range = {0, 1}});
  write_page(out + "/" + page_name,
             {"Down and up again: Conv2d and ConvTranspose2d", embedded::autoencode_html, embedded::autoencode_css,
              embedded::autoencode_js, std::move(data), autoencode_files(report.model, count)});
}

}  // namespace wisp::apps
