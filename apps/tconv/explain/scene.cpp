#include <apps/tconv/explain/scene.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace wisp::apps {
namespace {

constexpr std::size_t most_steps = 1500;

nlohmann::json values_of(const Image& image) {
  nlohmann::json values = nlohmann::json::array();
  for (const double value : image.values) values.push_back(number(value));
  return values;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

nlohmann::json number(double value) {
  if (std::isnan(value)) return nullptr;
  if (value == std::round(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

int Scene::add_grid(const std::string& title, const Image& initial, Limits limits, std::vector<std::string> labels) {
  Image now(std::min(initial.channels, limits.channels), std::min(initial.height, limits.rows),
            std::min(initial.width, limits.columns));
  for (std::int64_t c = 0; c < now.channels; ++c)
    for (std::int64_t i = 0; i < now.height; ++i)
      for (std::int64_t j = 0; j < now.width; ++j) now.at(c, i, j) = initial.at(c, i, j);
  if (labels.empty() && initial.channels > 1)
    for (std::int64_t c = 0; c < now.channels; ++c) labels.push_back(fmt::format("channel {}", c));
  grids_.push_back({title, initial, std::move(now), std::move(labels)});
  return static_cast<int>(grids_.size()) - 1;
}

bool Scene::shows(int grid, std::int64_t channel, std::int64_t row, std::int64_t column) const {
  const Image& now = grids_[static_cast<std::size_t>(grid)].now;
  return channel < now.channels && row < now.height && column < now.width;
}

double Scene::value(int grid, std::int64_t channel, std::int64_t row, std::int64_t column) const {
  return grids_[static_cast<std::size_t>(grid)].now.at(channel, row, column);
}

void Scene::step(std::string caption, const std::vector<Cells>& reads, const std::vector<Write>& writes) {
  if (steps_.size() >= most_steps) return;
  std::vector<nlohmann::json> changes(grids_.size(), nlohmann::json::array());
  bool visible = false;
  for (const Write& w : writes) {
    if (!shows(w.grid, w.channel, w.row, w.column)) continue;
    visible = true;
    const auto g = static_cast<std::size_t>(w.grid);
    Image& now = grids_[g].now;
    now.at(w.channel, w.row, w.column) = w.value;
    if (changes[g].empty()) changes[g].push_back(w.grid);
    changes[g].push_back(now.index(w.channel, w.row, w.column));
    changes[g].push_back(number(w.value));
  }
  if (!visible) return;
  nlohmann::json read = nlohmann::json::array(), written = nlohmann::json::array();
  for (const Cells& c : reads)
    read.push_back({c.grid, c.channel, c.row, c.column, c.rows, c.columns, c.row_step, c.column_step});
  for (nlohmann::json& change : changes)
    if (!change.empty()) written.push_back(std::move(change));
  steps_.push_back({{"caption", std::move(caption)}, {"reads", std::move(read)}, {"writes", std::move(written)}});
}

void Scene::finish(int grid, const Image& values) {
  Image& now = grids_[static_cast<std::size_t>(grid)].now;
  nlohmann::json change = {grid};
  for (std::int64_t c = 0; c < now.channels; ++c)
    for (std::int64_t i = 0; i < now.height; ++i)
      for (std::int64_t j = 0; j < now.width; ++j) {
        if (same(now.at(c, i, j), values.at(c, i, j))) continue;
        now.at(c, i, j) = values.at(c, i, j);
        change.push_back(now.index(c, i, j));
        change.push_back(number(values.at(c, i, j)));
      }
  if (change.size() > 1)
    steps_.push_back({{"caption", "All that is not shown, in one step."},
                      {"reads", nlohmann::json::array()},
                      {"writes", {std::move(change)}}});
}

nlohmann::json Scene::json() const {
  nlohmann::json grids = nlohmann::json::array();
  for (const Grid& grid : grids_) {
    Image first = grid.now;
    for (std::int64_t c = 0; c < first.channels; ++c)
      for (std::int64_t i = 0; i < first.height; ++i)
        for (std::int64_t j = 0; j < first.width; ++j) first.at(c, i, j) = grid.initial.at(c, i, j);
    grids.push_back({{"title", grid.title},
                     {"size", {grid.initial.channels, grid.initial.height, grid.initial.width}},
                     {"shown", {first.channels, first.height, first.width}},
                     {"labels", grid.labels},
                     {"values", values_of(first)}});
  }
  return {{"grids", std::move(grids)}, {"steps", steps_}};
}

void SumText::add(double a, double b) {
  constexpr int most_terms = 9;
  if (count_++ < most_terms) terms_ += fmt::format("{}{:g} x {:g}", terms_.empty() ? "" : " + ", a, b);
  if (count_ == most_terms + 1) terms_ += " + ...";
  sum_ += a * b;
}

std::string SumText::text() const { return fmt::format("{} = {:g}", count_ == 0 ? "nothing" : terms_, sum_ + 0.0); }

}  // namespace wisp::apps
