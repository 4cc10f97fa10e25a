#include <apps/dcgan/features/page.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include <features_page_files.h>

#include <apps/common/page.h>
#include <apps/common/signed_colours.h>
#include <wisp/io/png.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t most_numbers = 65'536;  // of a layer in a picture
constexpr int padding = 1;

const std::string page_name = "index.html";

std::string picture_name(const NetworkFeatures& network, std::size_t i) {
  const Shape& shape = network.layers[i].output.shape();
  return fmt::format("{}-{:02}-{}-{}x{}x{}.png", network.name, i, network.layers[i].kind, shape[1], shape[2], shape[3]);
}

// Of a grid of so many channels: about as wide as high, and a power of two, as channels are.
std::int64_t columns_of(std::int64_t channels) {
  const double side = std::sqrt(static_cast<double>(channels));
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::ceil(side))));
}

// The channel with the largest number, of the first `count`.
std::int64_t strongest(const Tensor& maps, std::int64_t count) {
  std::int64_t best = 0;
  double most = -1;
  for (std::int64_t c = 0; c < count; ++c)
    if (const double now = largest_magnitude(maps.narrow(0, c, 1)); now > most) {
      most = now;
      best = c;
    }
  return best;
}

// Writes the picture of numbers (1, C, H, W) and says what the page has to know of it.
nlohmann::json draw(const std::string& path, const Tensor& numbers, bool is_image) {
  const std::int64_t channels = numbers.dim(1), height = numbers.dim(2), width = numbers.dim(3);
  const std::vector<float> values = numbers.values<float>();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  nlohmann::json result{{"size", {channels, height, width}}, {"low", *low}, {"high", *high}};
  Tensor grid;
  if (is_image) {
    grid = make_grid(numbers);
  } else {
    const std::int64_t shown = std::clamp(most_numbers / (height * width), std::int64_t{1}, channels);
    const std::int64_t columns = columns_of(shown), border = shown == 1 ? 0 : padding;
    const Tensor maps = numbers.reshape({channels, height, width}).narrow(0, 0, shown);
    const std::int64_t best = strongest(maps, shown);
    grid = make_grid(signed_colours(maps, largest_magnitude(numbers)),
                     {.nrow = static_cast<int>(columns), .padding = padding, .pad_value = 0.5});
    result["shown"] = shown;
    result["strongest"] = {{"channel", best},
                           {"left", border + best % columns * (width + border)},
                           {"top", border + best / columns * (height + border)}};
  }
  result.update({{"picture", keep_picture(path, grid)}, {"across", grid.dim(1)}, {"down", grid.dim(0)}});
  return result;
}

// The layers in stages, each of which begins with a convolution that may change the size.
nlohmann::json describe(const std::string& folder, const NetworkFeatures& network) {
  const std::vector<LayerFeatures>& layers = network.layers;
  const bool generates = layers.front().kind == "noise";
  nlohmann::json result{{"name", network.name}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool is_image = generates ? i + 1 == layers.size() : i == 0;
    nlohmann::json drawn = draw(folder + "/" + picture_name(network, i), layers[i].output, is_image);
    if (i == 0) {
      result["input"] = std::move(drawn);
      continue;
    }
    if (!layers[i].size_formula.empty())
      result["stages"].push_back({{"from", layers[i - 1].output.dim(2)},
                                  {"to", layers[i].output.dim(2)},
                                  {"formula", layers[i].size_formula}});
    drawn["name"] = layers[i].name;
    result["stages"].back()["layers"].push_back(std::move(drawn));
  }
  return result;
}

}  // namespace

std::vector<std::string> features_files(const FeaturesReport& report) {
  std::vector<std::string> files = {page_name};
  for (const NetworkFeatures& network : report.networks)
    for (std::size_t layer = 0; layer < network.layers.size(); ++layer) files.push_back(picture_name(network, layer));
  return files;
}

void write_features_page(const std::string& folder, const FeaturesReport& report) {
  nlohmann::json data{{"noGenerator", report.no_generator},
                      {"noDiscriminator", report.no_discriminator},
                      {"image", report.image},
                      {"classes", report.classes},
                      {"networks", nlohmann::json::array()}};
  for (const NetworkFeatures& network : report.networks) data["networks"].push_back(describe(folder, network));
  write_page(folder + "/" + page_name,
             {"What every layer of a DCGAN makes", embedded::features_html, embedded::features_css,
              embedded::features_js, std::move(data), features_files(report)});
}

}  // namespace wisp::apps
