// HttpServer: cpp-httplib's server, with threads that no client can hold.
//
// httplib gives each connection a thread for as long as it lives, so that a few idle or slow clients would keep out all
// others. Here a connection gets a thread when a request has come whole, and loses it when the answer is made: waiting
// for bytes is left to epoll. httplib accepts connections, reads requests, finds the handler and writes answers.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <httplib.h>

#include <apps/dcgan/serve/connection.h>

namespace wisp::apps {

struct HttpLimits {
  RequestLimits request = {};
  std::size_t connections = 900;  ///< at once, fewer where `ulimit -n` says so; httplib takes no descriptors from 1,024
  int threads = 64;               ///< so many requests are worked at, most of them waiting for their images
  int requests_per_connection = 100'000;
  std::chrono::milliseconds arrival{5000};  ///< from a request's first byte to its last
  std::chrono::milliseconds idle{15'000};   ///< without a request
  std::chrono::milliseconds sending{10'000};
};

class HttpServer : public httplib::Server {
 public:
  /// `on_refusal` is told the status of each request that no handler and no logger sees: 408, 411, 413, 415, 429, 431
  /// and 400 for broken lengths.
  HttpServer(const HttpLimits& limits, std::function<void(int status)> on_refusal);
  /// Stops.
  ~HttpServer() override;

  /// Listens at that address, at a free port where `port` is 0, and answers on threads of its own. Returns the port.
  /// Throws Error when that cannot be had. To be called once, when the handlers are set.
  int start(const std::string& host, int port);
  /// Takes no more requests, finishes those that run, and sends their answers.
  void stop();

  /// How many there are now.
  std::size_t connections() const;

 private:
  class InlineQueue;

  void listen(const std::string& host, int port);
  bool process_and_close_socket(socket_t socket) override;  // a new connection
  void work();
  Connection* take(int descriptor);
  void give_back(Connection& connection);
  void drop(Connection& connection);
  bool attend(Connection& connection);
  void serve(Connection& connection, std::size_t size);
  void refuse(Connection& connection, const Refusal& refusal);
  void set_deadline(Connection& connection);
  void close_late_ones();
  void send_all();

  const HttpLimits limits_;
  const std::function<void(int)> on_refusal_;
  FileDescriptor epoll_, wake_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;  // of connections_ and each one's is_busy
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::thread acceptor_;
  std::vector<std::thread> workers_;
};

}  // namespace wisp::apps
