// What the program runs on.
#pragma once

#include <cstddef>
#include <string>

namespace wisp::apps {

/// The CPU's name as the operating system gives it, or "unknown".
std::string cpu_name();

/// Largest resident memory of this process so far, in bytes.
std::size_t peak_resident_bytes();

}  // namespace wisp::apps
