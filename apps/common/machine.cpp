#include <apps/common/machine.h>

#include <fstream>

#include <sys/resource.h>

namespace wisp::apps {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) {
      const std::size_t start = line.find(": ");
      if (start != std::string::npos) return line.substr(start + 2);
    }
  return "unknown";
}

std::size_t peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace wisp::apps
