#include <apps/common/machine.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

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

int cpu_count() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

std::uint64_t memory_bytes() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::string system_name() {
  utsname kernel{};
  uname(&kernel);
  const std::string running = fmt::format("{} {} {}", kernel.sysname, kernel.release, kernel.machine);
  const std::string name = "PRETTY_NAME=\"";
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name) && line.ends_with('"'))
      return line.substr(name.size(), line.size() - name.size() - 1) + ", " + running;
  return running;
}

std::size_t peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace wisp::apps
