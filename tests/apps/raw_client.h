// RawClient: a socket to a server on this machine, for what a proper client does not send.
#pragma once

#include <array>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <wisp/io/file_descriptor.h>

namespace wisp::testing {

class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};  // so that a test fails that would hang
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << os_message();
  }

  void send(const std::string& bytes) {
    EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// Says that no more will be sent.
  void end() { ::shutdown(socket_.get(), SHUT_WR); }
  /// What comes until the server closes, or falls silent for too long.
  std::string read() {
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t count; (count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0)) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(count));
    return text;
  }

 private:
  FileDescriptor socket_;
};

}  // namespace wisp::testing
