// Connection: one client's socket, never waited for: what has come is kept until a request is whole, and what could not
// be sent yet until there is room.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <httplib.h>

#include <apps/dcgan/serve/framing.h>
#include <wisp/io/file_descriptor.h>

namespace wisp::apps {

/// As an httplib::Stream it reads the request that is whole and writes into memory.
class Connection : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes over the socket.
  explicit Connection(socket_t socket) : socket_(socket) {}

  /// Keeps what has come, up to `most` bytes. False when no more will come: the client has closed, or the connection
  /// is broken.
  bool receive(std::size_t most);
  /// What has come and was not served yet.
  std::string_view received() const { return in_; }
  /// The first `size` bytes received are the request that read() gives.
  void begin_request(std::size_t size);
  /// Forgets that request.
  void end_request();

  /// Whether something is still to be sent.
  bool is_sending() const { return sent_ < out_.size(); }
  /// Sends what there is room for. False when the connection is broken.
  bool send();
  /// Says that no more will be sent and throws away what comes: closing at once could lose the last answer. False when
  /// the client has closed.
  bool drain();

  bool is_readable() const override { return read_ < request_; }
  bool is_writable() const override { return true; }
  ssize_t read(char* bytes, std::size_t size) override;
  ssize_t write(const char* bytes, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override { get_local_ip_and_port(ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return socket_.get(); }

  Clock::time_point deadline;  ///< of what it waits for now
  int requests = 0;            ///< answered so far
  bool is_last = false;        ///< closes when all is sent
  bool has_more = false;       ///< has received another request already, which waits for its turn
  bool is_busy = false;        ///< a thread is at it

 private:
  FileDescriptor socket_;
  std::string in_, out_;
  std::size_t request_ = 0, read_ = 0;  // of in_: the request's bytes, those that were read
  std::size_t sent_ = 0;                // of out_
};

}  // namespace wisp::apps
