#include <apps/dcgan/serve/framing.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <wisp/core/text.h>

namespace wisp::apps {
namespace {

bool is_field(std::string_view name, std::string_view lower_case) {
  return std::equal(name.begin(), name.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::size_t content_length(std::string_view value) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool is_number = !value.empty() && end == value.data() + value.size();
  if (is_number && error == std::errc::result_out_of_range) return static_cast<std::size_t>(-1);
  if (!is_number || error != std::errc())
    throw Refusal(400, fmt::format("Content-Length must be a number, given {}", quote(value, 40)));
  return length;
}

// Throws where two readers could see different lines: a request might hide in what only one of them takes for a body.
// Source: RFC 9112, sections 2.2 and 5.
void check_lines(std::string_view header) {
  for (auto at = header.find_first_of("\r\n"); at != std::string_view::npos;
       at = header.find_first_of("\r\n", at + 2)) {
    if (header.substr(at, 2) != "\r\n") throw Refusal(400, "the lines of a header must end in CR LF");
    const std::string_view line = header.substr(at + 2, header.find('\r', at + 2) - at - 2);
    if (const auto colon = line.find_first_of(": \t");
        colon == std::string_view::npos || colon == 0 || line[colon] != ':')
      throw Refusal(400, fmt::format("a header's line must be NAME: VALUE, given {}", quote(line, 40)));
  }
}

// httplib reads these two with regular expressions, whose matching recurses once or more for each character.
void check_recursion(std::string_view name, std::string_view value) {
  constexpr std::size_t longest_range = 64;
  constexpr std::string_view multipart = "multipart/";
  if (is_field(name, "content-type") && is_field(value.substr(0, multipart.size()), multipart))
    throw Refusal(415, "a body must be JSON, not of several parts");
  if (is_field(name, "range") && value.size() > longest_range)
    throw Refusal(431, fmt::format("a Range may have at most {} bytes", longest_range));
}

// The body's length, from the lines of the header behind the first.
std::size_t body_size(std::string_view header) {
  std::optional<std::size_t> length;
  for (auto at = header.find("\r\n"); at != std::string_view::npos && at + 2 < header.size();) {
    const auto end = std::min(header.find("\r\n", at + 2), header.size());
    const std::string_view line = header.substr(at + 2, end - at - 2);
    at = end;
    const auto colon = line.find(':');
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    check_recursion(name, value);
    if (is_field(name, "transfer-encoding")) throw Refusal(411, "a body must come with its Content-Length");
    if (is_field(name, "content-encoding") && !is_field(value, "identity"))
      throw Refusal(415, "a body must not be compressed");
    if (!is_field(name, "content-length")) continue;
    if (length && *length != content_length(value)) throw Refusal(400, "Content-Length is given twice");
    length = content_length(value);
  }
  return length.value_or(0);
}

}  // namespace

std::optional<std::size_t> request_size(std::string_view received, const RequestLimits& limits) {
  const auto end = received.find("\r\n\r\n");
  if (std::min(end, received.size()) > limits.header_bytes)
    throw Refusal(431, fmt::format("a header may have at most {} bytes", limits.header_bytes));
  if (end == std::string_view::npos) return std::nullopt;
  check_lines(received.substr(0, end));
  const std::size_t body = body_size(received.substr(0, end)), header = end + 4;
  if (body > limits.body_bytes)
    throw Refusal(413, fmt::format("a body may have at most {} bytes, given {}", limits.body_bytes, body));
  return received.size() - header >= body ? std::optional(header + body) : std::nullopt;
}

}  // namespace wisp::apps
