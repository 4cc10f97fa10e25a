// The metadata of the programs' files.
#pragma once

#include <cstdint>

#include <wisp/core/metadata.h>

namespace wisp::apps {

/// Throws Error when the file was written in a later format than `newest`, or does not say in which.
inline void check_format_version(const Metadata& metadata, std::int64_t newest) {
  const auto version = read_metadata<std::int64_t>(metadata, "format_version");
  check(version <= newest, "was written by a newer version of Wisp, in format {}; this one reads format {}", version,
        newest);
}

}  // namespace wisp::apps
