#include <apps/dcgan/serve/connection.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace wisp::apps {
namespace {

// Of recv and send: nothing was possible now, and may be later.
bool is_for_now() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// A connection that waits keeps no large buffers.
void forget(std::string& buffer, std::size_t count) {
  constexpr std::size_t small = 4096;
  buffer.erase(0, count);
  if (buffer.empty() && buffer.capacity() > small) buffer.shrink_to_fit();
}

}  // namespace

bool Connection::receive(std::size_t most) {
  std::array<char, 16384> buffer;
  while (in_.size() < most) {
    const ssize_t count =
        ::recv(socket_.get(), buffer.data(), std::min(buffer.size(), most - in_.size()), MSG_DONTWAIT);
    if (count <= 0) return count < 0 && is_for_now();
    in_.append(buffer.data(), static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < buffer.size()) break;
  }
  return true;
}

void Connection::begin_request(std::size_t size) {
  request_ = size;
  read_ = 0;
}

void Connection::end_request() {
  forget(in_, request_);
  request_ = read_ = 0;
}

bool Connection::send() {
  while (is_sending()) {
    const ssize_t count = ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return is_for_now();
    sent_ += static_cast<std::size_t>(count);
  }
  forget(out_, sent_);
  sent_ = 0;
  return true;
}

bool Connection::drain() {
  ::shutdown(socket_.get(), SHUT_WR);
  forget(in_, in_.size());
  std::array<char, 16384> buffer;
  for (int i = 0; i < 64; ++i) {  // who sends without end must not hold the thread
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) return count < 0 && is_for_now();
  }
  return true;
}

ssize_t Connection::read(char* bytes, std::size_t size) {
  const std::size_t count = std::min(size, request_ - read_);
  std::memcpy(bytes, in_.data() + read_, count);
  read_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* bytes, std::size_t size) {
  out_.append(bytes, size);
  return static_cast<ssize_t>(size);
}

}  // namespace wisp::apps
