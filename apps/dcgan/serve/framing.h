// Where a request ends: what has to be known before it is worth a thread's time.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <apps/dcgan/serve/refusal.h>

namespace wisp::apps {

struct RequestLimits {
  std::size_t header_bytes = 16 << 10;
  std::size_t body_bytes = 64 << 10;
};

/// Of the first request in `received`, its bytes, header and body, when all of them are there; nothing when more must
/// come. Throws Refusal: 413 and 431 for a body, a header or a Range beyond the limits (as soon as that can be told),
/// 411 for a body without Content-Length, 415 for one that is compressed or of several parts, 400 for a Content-Length
/// that is no number and for lines that are not NAME: VALUE, ended by CR LF. Source: RFC 9112, sections 2, 5 and 6.
std::optional<std::size_t> request_size(std::string_view received, const RequestLimits& limits);

}  // namespace wisp::apps
