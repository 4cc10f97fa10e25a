#include <apps/dcgan/train_log.h>

#include <charconv>
#include <vector>

#include <fmt/ranges.h>

namespace wisp::apps {
namespace {

// Calls visit(name, number, format) for every column.
template <class Row, class Visit>
void visit_columns(Row& row, const Visit& visit) {
  visit("step", row.step, "{}");
  visit("epoch", row.epoch, "{}");
  visit("images", row.images, "{}");
  visit("seconds", row.seconds, "{:.3f}");
  auto& r = row.result;
  visit("d_loss_real", r.d_loss_real, "{:.6g}");
  visit("d_loss_fake", r.d_loss_fake, "{:.6g}");
  visit("g_loss", r.g_loss, "{:.6g}");
  visit("d_real", r.d_real, "{:.6g}");
  visit("d_fake", r.d_fake, "{:.6g}");
  visit("images_per_second", row.images_per_second, "{:.1f}");
  visit("penalty", r.penalty, "{:.6g}");
  auto& m = *r.measures;
  visit("d_grad_norm", m.d_grad_norm, "{:.6g}");
  visit("g_grad_norm", m.g_grad_norm, "{:.6g}");
  visit("d_accuracy_real", m.d_accuracy_real, "{:.6g}");
  visit("d_accuracy_fake", m.d_accuracy_fake, "{:.6g}");
  visit("spread", m.spread, "{:.6g}");
  visit("spread_real", m.spread_real, "{:.6g}");
}

// Reads numbers with a comma before each but the first.
class LineReader {
 public:
  explicit LineReader(const std::string& line) : at_(line.data()), end_(at_ + line.size()) {}

  template <class T>
  void read(T& value) {
    if (whole_ && !first_) whole_ = at_ != end_ && *at_++ == ',';
    first_ = false;
    if (!whole_) return;
    const auto [next, problem] = std::from_chars(at_, end_, value);
    whole_ = problem == std::errc{};
    at_ = next;
  }

  std::string_view rest() const { return {at_, end_}; }
  bool is_whole() const { return whole_; }

 private:
  const char* at_;
  const char* end_;
  bool first_ = true;
  bool whole_ = true;
};

}  // namespace

std::string log_header() {
  std::vector<std::string> names;
  LogRow row;
  row.result.measures.emplace();
  visit_columns(row, [&](const char* name, auto&, const char*) { names.emplace_back(name); });
  Figures figures;
  visit_figures(figures, [&](const char* name, double) { names.emplace_back(name); });
  return fmt::format("{}", fmt::join(names, ","));
}

std::string to_line(const LogRow& row) {
  std::vector<std::string> numbers;
  visit_columns(row, [&](const char*, const auto& value, const char* format) {
    numbers.push_back(fmt::format(fmt::runtime(format), value));
  });
  const Figures figures = row.figures.value_or(Figures{});
  visit_figures(figures,
                [&](const char*, double value) { numbers.push_back(row.figures ? fmt::format("{:.6g}", value) : ""); });
  return fmt::format("{}", fmt::join(numbers, ","));
}

std::optional<LogRow> log_row_from(const std::string& line) {
  LogRow row;
  row.result.measures.emplace();
  LineReader reader(line);
  visit_columns(row, [&](const char*, auto& value, const char*) { reader.read(value); });
  if (!reader.is_whole()) return std::nullopt;
  Figures figures;
  std::string none;
  visit_figures(figures, [&](const char*, double) { none += ","; });
  if (reader.rest() == none) return row;
  visit_figures(figures, [&](const char*, double& value) { reader.read(value); });
  if (!reader.is_whole() || !reader.rest().empty()) return std::nullopt;
  row.figures = figures;
  return row;
}

}  // namespace wisp::apps
