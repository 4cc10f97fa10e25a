// Base64: bytes as text, RFC 4648, section 4.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace wisp::apps {

/// Four characters for every three bytes, "=" where the last are fewer.
std::string base64(std::span<const std::byte> bytes);

}  // namespace wisp::apps
