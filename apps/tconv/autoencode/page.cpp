#include <apps/tconv/autoencode/page.h>

#include <algorithm>

#include <tconv_page_files.h>

#include <apps/common/finite.h>
#include <apps/common/page.h>
#include <apps/common/signed_colours.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/io/png.h>
#include <wisp/nn/print.h>
#include <wisp/nn/scoped_mode.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t curve_points = 200;

const GridOptions grey{.value_range = {0, 1}};

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

// Of every layer, for all pictures.
Tensors layer_outputs(const AutoencodeReport& report) {
  Tensors outputs;
  for (std::size_t i = 0; i < report.model.size(); ++i) {
    outputs.push_back(report.model[i](i == 0 ? report.pictures : outputs.back()));
    const Tensor& x = outputs.back();
    check(is_finite({x.data<float>(), static_cast<std::size_t>(x.numel())}),
          "autoencode: after step {} {} gives numbers that are not finite; lower --lr", report.losses.size(),
          nn::one_line(report.model[i]));
  }
  return outputs;
}

// What every layer makes of every picture; the last makes pictures again.
nlohmann::json layers(const std::string& folder, const nn::Sequential& model, const Tensors& outputs) {
  nlohmann::json result = nlohmann::json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& x = outputs[i];
    const std::int64_t channels = x.dim(1);
    const std::vector<float> values = x.values<float>();
    const double largest = largest_magnitude(x);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    nlohmann::json layer{
        {"name", nn::one_line(model[i])}, {"size", {channels, x.dim(2), x.dim(3)}}, {"low", *low}, {"high", *high}};
    for (std::int64_t k = 0; k < x.dim(0); ++k) {
      const Tensor picture = x.narrow(0, k, 1);
      const Tensor grid = i + 1 == outputs.size()
                              ? make_grid(picture, grey)
                              : make_grid(signed_colours(picture.reshape({channels, x.dim(2), x.dim(3)}), largest),
                                          {.nrow = channels > 16 ? 8 : 4, .padding = 1, .pad_value = 0.5});
      layer["maps"].push_back(keep_picture(folder + "/" + map_name(k, i, layer["name"]), grid));
      layer["columns"] = grid.dim(1);
    }
    result.push_back(std::move(layer));
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
                      {"layers", layers(out, report.model, outputs)}};
  const auto count = static_cast<int>(report.pictures.dim(0));
  for (int k = 0; k < count; ++k) {
    const Tensor picture = report.pictures.narrow(0, k, 1);
    data["pictures"].push_back({{"given", keep_picture(out + "/" + given_name(k), make_grid(picture, grey))},
                                {"restored", data["layers"].back()["maps"][static_cast<std::size_t>(k)]},
                                {"error", mse_loss(restored.narrow(0, k, 1), picture).item<float>()}});
  }
  // Upper row: what was given; lower row: what came out.
  save_image(cat({report.pictures, restored}), out + "/" + overview_name, {.nrow = count, .value_range = {0, 1}});
  write_page(out + "/" + page_name,
             {"Down and up again: Conv2d and ConvTranspose2d", embedded::autoencode_html, embedded::autoencode_css,
              embedded::autoencode_js, std::move(data), autoencode_files(report.model, count)});
}

}  // namespace wisp::apps
