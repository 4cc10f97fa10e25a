// Service: a trained generator behind HTTP, with a page to play with it.
#pragma once

#include <string>

#include <apps/dcgan/network_file.h>
#include <apps/dcgan/serve/batcher.h>
#include <apps/dcgan/serve/http_server.h>
#include <apps/dcgan/serve/sample_request.h>
#include <apps/dcgan/serve/service_metrics.h>
#include <models/principal_directions.h>

namespace wisp::apps {

struct ServiceOptions {
  int threads = 1;    ///< of the generator
  bool bf16 = false;  ///< under Autocast
  HttpLimits http = {};
  BatcherOptions batcher = {};
};

/// GET /: the page. POST /v1/sample: images, see SampleRequest. GET /v1/health: that it runs, and what it draws.
/// GET /v1/metrics: Prometheus' text.
class Service {
 public:
  /// Throws Error when the generator's images hold numbers that are not finite.
  Service(LoadedNetwork generator, const ServiceOptions& options);

  /// Listens at that address, at a free port where `port` is 0. Returns the port. Throws Error when it cannot be had.
  int start(const std::string& host, int port) { return server_.start(host, port); }
  /// Whether connections are still accepted.
  bool is_running() const { return server_.is_running(); }
  /// Takes no more requests, and answers those that it has.
  void stop() { server_.stop(); }

 private:
  void add_routes();
  void sample(const httplib::Request& request, httplib::Response& response);
  std::string health() const;

  LoadedNetwork generator_;
  models::PrincipalDirections directions_;  // none: undefined
  SampleLimits limits_;
  std::string page_;
  ServiceMetrics metrics_;
  Batcher batcher_;
  HttpServer server_;
};

}  // namespace wisp::apps
