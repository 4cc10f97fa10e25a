#include <wisp/io/json.h>

#include <iterator>
#include <set>
#include <vector>

namespace wisp {
namespace {

using Json = nlohmann::json;

// Tells how far the parser has come.
class Counted {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Counted(const char* at, const char*& seen) : at_(at), seen_(&seen) {}

  reference operator*() const { return *at_; }
  Counted& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  bool operator==(const Counted& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

// Rejects what the parser would take at any size, or in silence.
class Guard {
 public:
  Guard(const JsonLimits& limits, std::string_view text, const char*& seen)
      : limits_(limits), text_(text), seen_(&seen) {}

  bool operator()(int, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_end || event == Event::array_end) {
      levels_.pop_back();
      return true;
    }
    if (++values_ > limits_.values) fail(fmt::format("has more than {} values", limits_.values));
    if (event == Event::key) {
      add_name(parsed.get_ref<const std::string&>());
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

  void add_name(const std::string& name) {
    if (levels_.size() == 1) member_ = name;
    if (!levels_.back().names.insert(name).second)
      fail(fmt::format("is not valid: {} appears twice in an object", quote(name)));
  }
  // What the event is about ends just before *seen_.
  [[noreturn]] void fail(const std::string& what) const {
    throw JsonError(static_cast<std::size_t>(*seen_ - text_.data()) - 1, what, member_);
  }

  const JsonLimits& limits_;
  std::string_view text_;
  const char** seen_;
  std::size_t values_ = 0;
  std::vector<Level> levels_;  // the objects and lists that are open
  std::string member_;
};

}  // namespace

Json parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    throw JsonError(limits.bytes, fmt::format("has {} bytes, at most {} are read", text.size(), limits.bytes));
  // The parser would take a zero byte for the end.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw JsonError(zero, "is not valid JSON: it has a zero byte");
  const char* seen = text.data();
  try {
    return Json::parse(Counted(text.data(), seen), Counted(text.data() + text.size(), seen), Guard(limits, text, seen));
  } catch (const Json::parse_error& error) {
    throw JsonError(error.byte > 0 ? error.byte - 1 : 0, "is not valid JSON");
  } catch (const Json::exception&) {
    throw JsonError(static_cast<std::size_t>(seen - text.data()), "is not valid JSON: it has a number out of range");
  }
}

std::string shown(const Json& value) {
  constexpr std::size_t most = 60;
  const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > most ? text.substr(0, most) + "..." : text;
}

}  // namespace wisp
