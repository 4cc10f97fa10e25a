#include <apps/dcgan/serve/service_metrics.h>

#include <algorithm>

#include <fmt/format.h>

namespace wisp::apps {
namespace {

std::string head(const char* name, const char* type, const char* help) {
  return fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void Histogram::add(double value) {
  const auto found = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  ++counts_[static_cast<std::size_t>(found - bounds_.begin())];
  sum_ += value;
}

std::string Histogram::text(const std::string& name) const {
  std::string lines;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    count += counts_[i];
    const std::string bound = i < bounds_.size() ? fmt::format("{}", bounds_[i]) : "+Inf";
    lines += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, bound, count);
  }
  return lines + fmt::format("{}_sum {}\n{}_count {}\n", name, sum_, name, count);
}

void ServiceMetrics::add_request(const std::string& route, int status) {
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
}

void ServiceMetrics::add_images(std::int64_t count, double seconds) {
  const std::lock_guard lock(mutex_);
  images_ += static_cast<std::uint64_t>(count);
  seconds_.add(seconds);
}

void ServiceMetrics::add_batch(std::int64_t images) {
  const std::lock_guard lock(mutex_);
  batches_.add(static_cast<double>(images));
}

std::string ServiceMetrics::text(std::int64_t waiting_images, std::size_t connections) const {
  const std::lock_guard lock(mutex_);
  std::string lines = head("wisp_requests_total", "counter", "Requests answered.");
  for (const auto& [key, count] : requests_)
    lines += fmt::format("wisp_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
  lines += head("wisp_images_total", "counter", "Images drawn for requests.");
  lines += fmt::format("wisp_images_total {}\n", images_);
  lines += head("wisp_sample_seconds", "histogram", "Time from a request for images to its answer.");
  lines += seconds_.text("wisp_sample_seconds");
  lines += head("wisp_batch_images", "histogram", "Images drawn in one pass of the generator.");
  lines += batches_.text("wisp_batch_images");
  lines += head("wisp_waiting_images", "gauge", "Images that wait to be drawn.");
  lines += fmt::format("wisp_waiting_images {}\n", waiting_images);
  lines += head("wisp_connections", "gauge", "Connections open.");
  return lines + fmt::format("wisp_connections {}\n", connections);
}

}  // namespace wisp::apps
