// ServiceMetrics: what a service has done so far, in Prometheus' text format.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace wisp::apps {

/// How many values were at most each of the bounds.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void add(double value);
  /// The lines of a metric of that name.
  std::string text(const std::string& name) const;

 private:
  std::vector<double> bounds_;         // ascending
  std::vector<std::uint64_t> counts_;  // of the values up to each bound and above the one before; then of the others
  double sum_ = 0;
};

/// Safe to use from several threads.
class ServiceMetrics {
 public:
  /// A request was answered; `route` is its path, or "other".
  void add_request(const std::string& route, int status);
  /// Images for a request were drawn `seconds` after it had come.
  void add_images(std::int64_t count, double seconds);
  /// A batch of so many images was drawn in one pass of the generator.
  void add_batch(std::int64_t images);

  /// All of it, with so many images waiting to be drawn and so many connections open now.
  /// Source: Prometheus, "Exposition formats", text format 0.0.4.
  std::string text(std::int64_t waiting_images, std::size_t connections) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::uint64_t images_ = 0;
  Histogram seconds_{{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}};
  Histogram batches_{{1, 2, 4, 8, 16, 32, 64}};
};

}  // namespace wisp::apps
