#include <apps/tconv/explain/scene.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <apps/tconv/explain/numbers.h>

namespace wisp::apps {
namespace {

using Json = nlohmann::json;

// A page holds eight scenes and a script. Steps get what the grids leave, but always some.
constexpr std::size_t most_bytes = 33'000, least_for_steps = 8'000;

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

Json values_of(const Image& image) {
  const std::vector<double>& all = image.values;
  if (!all.empty() && std::all_of(all.begin(), all.end(), [&](double value) { return same(value, all[0]); }))
    return number(all[0]);
  Json values = Json::array();
  for (const double value : all) values.push_back(number(value));
  return values;
}

Json list_of(const Cells& c) {
  Json list = {c.grid, c.channel, c.row, c.column, c.rows, c.columns, c.row_step, c.column_step};
  while (list.size() > 4 && list.back() == 1) list.erase(list.size() - 1);
  return list;
}

}  // namespace

Json number(double value) {
  if (std::isnan(value)) return nullptr;
  const double shown = shown_number(value);
  if (shown == std::round(shown) && std::abs(shown) < 1e15) return static_cast<std::int64_t>(shown);
  return shown;
}

int Scene::add_grid(const std::string& title, const Image& initial, Extent limits, std::vector<std::string> labels) {
  Image first = initial.part(limits.channels, limits.rows, limits.columns);
  return add_grid(title, {initial.channels, initial.height, initial.width}, std::move(first), std::move(labels));
}

int Scene::add_grid(const std::string& title, Extent size, Image shown, std::vector<std::string> labels) {
  if (labels.empty() && size.channels > 1)
    for (std::int64_t c = 0; c < shown.channels; ++c) labels.push_back(fmt::format("channel {}", c));
  grid_bytes_ += values_of(shown).dump().size();
  grids_.push_back({title, size, shown, shown, std::move(labels)});
  return static_cast<int>(grids_.size()) - 1;
}

bool Scene::shows(int grid, std::int64_t channel, std::int64_t row, std::int64_t column) const {
  const Image& image = now(grid);
  return channel < image.channels && row < image.height && column < image.width;
}

void Scene::step(std::string caption, const std::vector<Cells>& reads, const std::vector<Write>& writes) {
  std::vector<Write> seen;
  std::copy_if(writes.begin(), writes.end(), std::back_inserter(seen),
               [&](const Write& w) { return shows(w.grid, w.channel, w.row, w.column); });
  if (seen.empty()) return;
  const std::size_t room = std::max(most_bytes, grid_bytes_ + least_for_steps) - grid_bytes_;
  if (step_bytes_ >= room) return skip();
  std::vector<Json> changes(grids_.size(), Json::array());
  for (const Write& w : seen) {
    Json& change = changes[static_cast<std::size_t>(w.grid)];
    if (change.empty()) change.push_back(w.grid);
    change.push_back(now(w.grid).index(w.channel, w.row, w.column));
    change.push_back(number(w.value));
  }
  Json read = Json::array(), written = Json::array();
  for (const Cells& c : reads) read.push_back(list_of(c));
  for (Json& change : changes)
    if (!change.empty()) written.push_back(std::move(change));
  Json step = {std::move(caption), std::move(read), std::move(written)};
  step_bytes_ += step.dump().size();
  if (step_bytes_ >= room) return skip();
  for (const Write& w : seen) now(w.grid).at(w.channel, w.row, w.column) = w.value;
  steps_.push_back(std::move(step));
}

void Scene::finish(const std::vector<Final>& grids) {
  if (skipped_ == 0) return;
  Json written = Json::array();
  for (const auto& [grid, values] : grids) {
    Image& image = now(grid);
    Json change = {grid};
    for (std::int64_t c = 0; c < image.channels; ++c)
      for (std::int64_t i = 0; i < image.height; ++i)
        for (std::int64_t j = 0; j < image.width; ++j) {
          if (same(image.at(c, i, j), values.at(c, i, j))) continue;
          image.at(c, i, j) = values.at(c, i, j);
          change.push_back(image.index(c, i, j));
          change.push_back(number(values.at(c, i, j)));
        }
    if (change.size() > 1) written.push_back(std::move(change));
  }
  steps_.push_back({fmt::format("The other {} steps at once.", skipped_), Json::array(), std::move(written)});
}

Json Scene::json() const {
  Json grids = Json::array();
  for (const Grid& grid : grids_)
    grids.push_back({{"title", grid.title},
                     {"size", {grid.size.channels, grid.size.rows, grid.size.columns}},
                     {"shown", {grid.initial.channels, grid.initial.height, grid.initial.width}},
                     {"labels", grid.labels},
                     {"values", values_of(grid.initial)}});
  return {{"grids", std::move(grids)}, {"steps", steps_}, {"skipped", skipped_}};
}

void SumText::add(double a, double b) {
  constexpr int most_terms = 9;
  if (count_++ < most_terms)
    terms_ += fmt::format("{}{} x {}", terms_.empty() ? "" : " + ", number_text(a), number_text(b));
  if (count_ == most_terms + 1) terms_ += " + ...";
  sum_ += a * b;
}

std::string SumText::text() const {
  return fmt::format("{} = {}", count_ == 0 ? "nothing" : terms_, number_text(sum_));
}

}  // namespace wisp::apps
