// What the program runs on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace wisp::apps {

/// The CPU's name as the operating system gives it, or "unknown".
std::string cpu_name();

/// Its logical processors, at least 1.
int cpu_count();

/// Its memory in bytes.
std::uint64_t memory_bytes();

/// The operating system with its version, and the kernel's: "Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x86_64".
std::string system_name();

/// Largest resident memory of this process so far, in bytes.
std::size_t peak_resident_bytes();

}  // namespace wisp::apps
