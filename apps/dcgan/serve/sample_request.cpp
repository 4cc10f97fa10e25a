#include <apps/dcgan/serve/sample_request.h>

#include <algorithm>
#include <limits>

#include <wisp/io/json.h>

namespace wisp::apps {
namespace {

using nlohmann::json;

std::int64_t whole_number(const char* name, const json& value, std::int64_t least, std::int64_t most) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most));
  check(fits && least <= value.get<std::int64_t>() && value.get<std::int64_t>() <= most,
        "{} must be a whole number between {} and {}, given {}", name, least, most, shown(value));
  return value.get<std::int64_t>();
}

std::int64_t label_of(const json& value, std::int64_t classes) {
  check(classes > 0, "label is for generators that were trained with labels, this one was not; given {}", shown(value));
  return whole_number("label", value, 0, classes - 1);
}

std::string format_of(const json& value) {
  check(value == "png" || value == "json", "format must be \"png\" or \"json\", given {}", shown(value));
  return value.get<std::string>();
}

std::vector<double> directions_of(const json& value, std::size_t most) {
  constexpr double farthest = 100;
  const auto is_valid = [](const json& number) {
    return number.is_number() && -farthest <= number.get<double>() && number.get<double>() <= farthest;
  };
  check(value.is_array() && value.size() <= most && std::all_of(value.begin(), value.end(), is_valid),
        "directions must be an array of at most {} numbers between -{} and {}, given {}", most, farthest, farthest,
        shown(value));
  return value.get<std::vector<double>>();
}

json parse(const std::string& body) {
  constexpr const char* valid = "the body must be a JSON object such as {\"count\": 1, \"seed\": 7}";
  json request;
  try {
    request = parse_json(body);
  } catch (const JsonError& error) {
    fail("{}, given {}; at byte {} it {}", valid, quote(body, 60), error.offset, error.what());
  }
  check(request.is_object(), "{}, given {}", valid, shown(request));
  return request;
}

}  // namespace

SampleRequest parse_sample_request(const std::string& body, const SampleLimits& limits) {
  SampleRequest request;
  const json members = parse(body);
  for (const auto& [name, value] : members.items()) {
    if (name == "count")
      request.count = whole_number("count", value, 1, limits.most_images);
    else if (name == "seed")
      request.seed = whole_number("seed", value, 0, std::numeric_limits<std::int64_t>::max());
    else if (name == "label")
      request.label = label_of(value, limits.classes);
    else if (name == "format")
      request.format = format_of(value);
    else if (name == "directions")
      request.directions = directions_of(value, limits.directions);
    else
      fail("{} is no member of a request; valid are count, seed, label, format and directions", quote(name, 60));
  }
  return request;
}

}  // namespace wisp::apps
