#include <cmath>
#include <memory>

#include <nlohmann/json.hpp>

#include <apps/common/standard_streams.h>
#include <apps/tconv/arithmetic.h>
#include <apps/tconv/commands.h>

namespace wisp::apps {
namespace {

using nlohmann::json;

// A size below 1 does not exist.
json sizes_json(const Axis& axis) {
  json list = json::array();
  for (const std::int64_t size : sizes_by_output_padding(axis)) list.push_back(size >= 1 ? json(size) : json());
  return list;
}

json describe(const Layer& layer) {
  const auto optional_size = [](const SizeFormula& formula) {
    return formula.size ? json{formula.size->height, formula.size->width} : json();
  };
  const auto text = [](const SizeFormula& f) {
    return json{{"formula", f.formula}, {"height", f.height}, {"width", f.width}};
  };
  const SizeFormula conv = conv2d_formula(layer), transpose = conv_transpose2d_formula(layer);
  const Coverage c = coverage(layer);
  const Axis height = layer.height(), width = layer.width();
  return {{"conv", optional_size(conv)},
          {"conv_transpose", optional_size(transpose)},
          {"conv_formula", text(conv)},
          {"conv_transpose_formula", text(transpose)},
          {"sizes_by_output_padding", {{"height", sizes_json(height)}, {"width", sizes_json(width)}}},
          {"largest_output_padding", {height.largest_output_padding(), width.largest_output_padding()}},
          {"exact_multiple", is_exact_multiple(layer)},
          {"overlap",
           {{"height", c.height},
            {"width", c.width},
            {"even", c.is_even()},
            {"factor", std::isfinite(c.factor()) ? json(c.factor()) : json()}}}};
}

}  // namespace

void add_shape(CLI::App& app) {
  CLI::App* command = app.add_subcommand("shape", "Print the sizes that a layer makes, with their formulas");
  struct Options {
    LayerText layer;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_layer_options(*command, options->layer);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] {
    const Layer layer = parse_layer(options->layer);
    if (options->json) {
      print_output("{}\n", describe(layer).dump());
      return;
    }
    for (const std::string& line : arithmetic_lines(layer)) print_output("{}\n", line);
  });
}

}  // namespace wisp::apps
