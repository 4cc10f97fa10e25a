#include <apps/tconv/explain/numbers.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include <apps/common/decimal.h>

namespace wisp::apps {
namespace {

using Row = std::vector<double>;
using Channel = std::vector<Row>;

double parse_number(const std::string& option, const std::string& word) {
  const std::optional<double> value = decimal<double>(word);
  check(value && std::abs(*value) <= 1e9, "{} must be numbers from -1e9 to 1e9 such as \"0 1; 2 3\", given \"{}\"",
        option, word);
  return *value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text + separator);  // so that an empty part at the end is one, too
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

Channel parse_channel(const std::string& option, const std::string& text) {
  check(!is_blank(text), "{} holds no numbers before, between or after two |", option);
  std::vector<std::string> parts = split(text, ';');
  if (parts.size() > 1 && is_blank(parts.back())) parts.pop_back();  // a last ; ends the last row
  Channel rows;
  for (const std::string& part : parts) {
    check(!is_blank(part), "{} holds an empty row: no numbers before a ;", option);
    for (const std::string& line : split(part, '\n')) {
      if (is_blank(line)) continue;
      rows.emplace_back();
      std::istringstream words(line);
      for (std::string word; words >> word;) rows.back().push_back(parse_number(option, word));
    }
  }
  return rows;
}

std::vector<Channel> parse_channels(const std::string& option, const std::string& text) {
  check(text.find_first_not_of(" \t\r\n;|") != std::string::npos, "{} holds no numbers, given \"{}\"", option, text);
  std::vector<Channel> channels;
  for (const std::string& channel : split(text, '|')) channels.push_back(parse_channel(option, channel));
  return channels;
}

}  // namespace

std::string written_size(const std::string& option, const std::string& text) {
  const Channel first = parse_channels(option, text).front();
  return fmt::format("{}x{}", first.size(), first.front().size());
}

std::vector<double> parse_numbers(const std::string& option, const std::string& text, std::int64_t channels,
                                  Size2d size, const char* advice) {
  const std::vector<Channel> written = parse_channels(option, text);
  std::vector<double> values;
  for (const Channel& channel : written)
    for (const Row& row : channel) values.insert(values.end(), row.begin(), row.end());

  const auto given = static_cast<std::int64_t>(written.size());
  const bool separated = given > 1 || written.front().size() > 1;
  const std::string wrong_channels =
      given > 1 && given != channels ? fmt::format(" in {} channels", given) + fmt::format(fmt::runtime(advice), given)
                                     : "";
  const std::int64_t cells = channels * size.height * size.width, count = static_cast<std::int64_t>(values.size());
  check(count == cells, "{} needs {} numbers ({} x {}), given {}{}", option, cells, channels, size, count,
        wrong_channels);
  check(wrong_channels.empty(), "{} needs {} channels, given {} numbers{}", option, channels, count, wrong_channels);
  for (std::size_t c = 0; separated && c < written.size(); ++c) {
    for (const Row& row : written[c])
      check(static_cast<std::int64_t>(row.size()) == size.width, "{} needs rows of {} numbers, given {} in a row",
            option, size.width, row.size());
    check(given == 1 || static_cast<std::int64_t>(written[c].size()) == size.height,
          "{} needs {} rows in each channel, given {} in channel {}", option, size.height, written[c].size(), c);
  }
  return values;
}

double shown_number(double value) {
  const double rounded = std::round(std::abs(value) * 1000) / 1000;
  if (rounded == 0 && value != 0) return std::strtod(fmt::format("{:.2e}", value).c_str(), nullptr);
  return std::copysign(rounded, value) + 0.0;  // no -0
}

std::string number_text(double value) {
  const double shown = shown_number(value);
  if (shown == 0 || std::abs(shown) >= 0.001)
    return shown == std::round(shown) ? fmt::format("{:.0f}", shown) : fmt::format("{}", shown);
  std::string text = fmt::format("{:.2e}", shown);
  if (const std::size_t zero = text.find("e-0"); zero != std::string::npos) text.erase(zero + 2, 1);
  return text;
}

}  // namespace wisp::apps
