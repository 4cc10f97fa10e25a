#include <wisp/io/json.h>

#include <set>
#include <sstream>
#include <vector>

namespace wisp {
namespace {

using Json = nlohmann::json;

// How far the parser has come.
std::size_t bytes_read(const std::istringstream& stream) {
  return static_cast<std::size_t>(stream.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in));
}

// Looks at what the parser finds, and rejects what the parser itself would take: too much of something, or a name
// twice.
class Guard {
 public:
  Guard(const JsonLimits& limits, const std::istringstream& stream) : limits_(limits), stream_(stream) {}

  bool operator()(int, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_end || event == Event::array_end) {
      levels_.pop_back();
      return true;
    }
    if (++values_ > limits_.values) fail(fmt::format("has more than {} values", limits_.values));
    if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (levels_.size() == 1) member_ = name;
      if (!levels_.back().names.insert(name).second)
        fail(fmt::format("is not valid: {} appears twice in an object", quote(name)));
      return true;
    }
    if (!levels_.empty() && levels_.back().is_list && ++levels_.back().items > limits_.items)
      fail(fmt::format("has a list of more than {} items", limits_.items));
    if (event == Event::value) return true;
    if (levels_.size() == limits_.depth) fail(fmt::format("is nested deeper than {} levels", limits_.depth));
    levels_.push_back({.is_list = event == Event::array_start});
    return true;
  }

 private:
  struct Level {
    bool is_list;
    std::size_t items = 0;
    std::set<std::string> names = {};
  };

  // What the event is about ends with the last byte that was read.
  [[noreturn]] void fail(const std::string& what) const { throw JsonError(bytes_read(stream_) - 1, what, member_); }

  const JsonLimits& limits_;
  const std::istringstream& stream_;
  std::size_t values_ = 0;
  std::vector<Level> levels_;  // the objects and lists that are open
  std::string member_;         // of the outermost object, that was begun last
};

}  // namespace

Json parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    throw JsonError(limits.bytes, fmt::format("has {} bytes, at most {} are read", text.size(), limits.bytes));
  // The parser would take a zero byte for the end.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw JsonError(zero, "is not valid JSON: it has a zero byte");
  std::istringstream stream{std::string(text)};
  try {
    return Json::parse(stream, Guard(limits, stream));
  } catch (const Json::parse_error& error) {
    throw JsonError(error.byte > 0 ? error.byte - 1 : 0, "is not valid JSON");
  } catch (const Json::exception&) {
    throw JsonError(bytes_read(stream), "is not valid JSON: it has a number out of range");
  }
}

std::string shown(const Json& value) {
  constexpr std::size_t most = 60;
  const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > most ? text.substr(0, most) + "..." : text;
}

}  // namespace wisp
