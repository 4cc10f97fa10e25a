#include <wisp/io/safetensors_header.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <wisp/io/json.h>

namespace wisp::safetensors {
namespace {

using Json = nlohmann::json;

Json parse(const std::string& path, std::string_view text) {
  try {
    // Name, entry, list; the longest lists are shapes.
    return parse_json(text, {.bytes = max_header_bytes, .depth = 3, .values = 2'000'000, .items = Shape::max_rank});
  } catch (const JsonError& error) {
    const std::string tensor = error.member.empty() ? "" : fmt::format("tensor {}: ", quote(error.member));
    throw IoError(path, length_bytes + error.offset, fmt::format("{}the header {}", tensor, error.what()));
  }
}

// Reads the parts of one entry; every complaint names the tensor.
class EntryParser {
 public:
  EntryParser(const std::string& path, const std::string& name, const Json& json)
      : path_(path), name_(name), json_(json) {
    if (!json.is_object()) fail("the entry is not a JSON object");
    for (const auto& [key, value] : json.items())
      if (key != "dtype" && key != "shape" && key != "data_offsets") fail("unknown key {}", quote(key));
  }

  Entry parse(std::uint64_t data_bytes) const {
    const auto [begin, end] = parse_offsets(data_bytes);
    Entry entry{name_, parse_dtype(), parse_shape(), begin, end};
    const auto count = static_cast<std::uint64_t>(entry.shape.numel());
    const std::uint64_t size = entry.dtype.size;
    if (count > std::numeric_limits<std::uint64_t>::max() / size || count * size != end - begin)
      fail("data_offsets [{}, {}] are {} bytes, {} {} needs {} numbers of {} bytes", begin, end, end - begin,
           entry.dtype.name, entry.shape, count, size);
    return entry;
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw IoError(path_, length_bytes,
                  fmt::format("tensor {}: {}", quote(name_), fmt::format(format, std::forward<Args>(args)...)));
  }

  const Json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail("{} is missing", key);
    return *found;
  }

  std::vector<std::int64_t> parse_numbers(const char* key) const {
    const Json& list = at(key);
    if (!list.is_array()) fail("{} is not a list of numbers", key);
    std::vector<std::int64_t> numbers;
    for (const Json& item : list) {
      if (!item.is_number_unsigned() || !std::in_range<std::int64_t>(item.get<std::uint64_t>()))
        fail("{} has an item that is no integer in [0, 2^63)", key);
      numbers.push_back(item.get<std::int64_t>());
    }
    return numbers;
  }

  std::pair<std::uint64_t, std::uint64_t> parse_offsets(std::uint64_t data_bytes) const {
    const std::vector<std::int64_t> numbers = parse_numbers("data_offsets");
    if (numbers.size() != 2) fail("data_offsets has {} items, expected begin and end", numbers.size());
    const auto begin = static_cast<std::uint64_t>(numbers[0]), end = static_cast<std::uint64_t>(numbers[1]);
    if (begin > end) fail("data_offsets [{}, {}] end before they begin", begin, end);
    if (end > data_bytes)
      fail("data_offsets [{}, {}] reach beyond the end of the data, which has {} bytes", begin, end, data_bytes);
    return {begin, end};
  }

  FileDType parse_dtype() const {
    const Json& dtype = at("dtype");
    if (!dtype.is_string()) fail("dtype is not a string");
    const auto& text = dtype.get_ref<const std::string&>();
    std::string names;
    for (const FileDType& known : file_dtypes) {
      if (text == known.name) return known;
      names += fmt::format("{}{}", names.empty() ? "" : &known == &file_dtypes.back() ? " or " : ", ", known.name);
    }
    fail("dtype {} is not supported, expected {}", quote(text), names);
  }

  Shape parse_shape() const {
    try {
      return Shape(std::span<const std::int64_t>(parse_numbers("shape")));
    } catch (const Error& error) {
      fail("{}", error.what());
    }
  }

  const std::string& path_;
  const std::string& name_;
  const Json& json_;
};

Metadata parse_metadata(const std::string& path, const Json& json) {
  if (json.is_null()) return {};
  if (!json.is_object()) throw IoError(path, length_bytes, "__metadata__ is not a JSON object");
  Metadata metadata;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string())
      throw IoError(path, length_bytes, fmt::format("__metadata__: the value of {} is not a string", quote(key)));
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

// The sorted entries must follow each other from the first byte of the data to the last.
void check_cover(const std::string& path, const std::vector<Entry>& entries, std::uint64_t data_start,
                 std::uint64_t data_bytes) {
  std::uint64_t covered = 0;
  const Entry* before = nullptr;
  for (const Entry& entry : entries) {
    if (entry.begin < covered)
      throw IoError(path, data_start + entry.begin,
                    fmt::format("tensor {}: data_offsets [{}, {}] overlap those of {}, [{}, {}]", quote(entry.name),
                                entry.begin, entry.end, quote(before->name), before->begin, before->end));
    if (entry.begin > covered)
      throw IoError(path, data_start + covered,
                    fmt::format("tensor {}: the {} bytes before its data belong to no tensor", quote(entry.name),
                                entry.begin - covered));
    covered = entry.end;
    before = &entry;
  }
  if (covered != data_bytes)
    throw IoError(path, data_start + covered,
                  fmt::format("the last {} bytes of the file belong to no tensor", data_bytes - covered));
}

}  // namespace

Header parse_header(const std::string& path, std::string_view text, std::uint64_t data_bytes) {
  const Json json = parse(path, text);
  Header header;
  for (const auto& [name, value] : json.items()) {
    if (name == metadata_key)
      header.metadata = parse_metadata(path, value);
    else
      header.entries.push_back(EntryParser(path, name, value).parse(data_bytes));
  }
  std::sort(header.entries.begin(), header.entries.end(),
            [](const Entry& a, const Entry& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  check_cover(path, header.entries, length_bytes + text.size(), data_bytes);
  return header;
}

}  // namespace wisp::safetensors
