// Metadata: text by name, as files keep it beside their tensors.
#pragma once

#include <charconv>
#include <map>
#include <string>
#include <type_traits>

#include <wisp/core/error.h>
#include <wisp/core/text.h>

namespace wisp {

using Metadata = std::map<std::string, std::string>;

/// The entry as a string, a number, or true or false. Throws Error when it is missing or no such thing.
template <class T>
T read_metadata(const Metadata& metadata, const std::string& name) {
  const auto entry = metadata.find(name);
  check(entry != metadata.end(), "the metadata lack {}", name);
  const std::string& text = entry->second;
  if constexpr (std::is_same_v<T, std::string>) {
    return text;
  } else if constexpr (std::is_same_v<T, bool>) {
    check(text == "true" || text == "false", "the metadata's {} should be true or false, it is {}", name, quote(text));
    return text == "true";
  } else {
    T value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    check(problem == std::errc{} && end == text.data() + text.size(), "the metadata's {} should be a number, it is {}",
          name, quote(text));
    return value;
  }
}

}  // namespace wisp
