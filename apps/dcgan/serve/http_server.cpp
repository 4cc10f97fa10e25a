#include <apps/dcgan/serve/http_server.h>

#include <algorithm>
#include <new>
#include <type_traits>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <wisp/core/error.h>

namespace wisp::apps {
namespace {

constexpr int backlog = 1024;  // connections the system keeps until they are accepted; httplib asks for 5
constexpr auto sweep_every = std::chrono::milliseconds(100);

// Runs httplib's reading, routing and answering of one request; its arguments differ between versions.
template <class Process>
bool run(Process process, httplib::Server& server, httplib::Stream& stream, bool is_last, bool& is_closed) {
  // Ranges of an answer, which may overlap a thousand times, are not served, and answers not compressed: httplib would
  // take seconds for the best compression there is.
  const std::function<void(httplib::Request&)> setup = [](httplib::Request& request) {
    request.ranges.clear();
    request.headers.erase("Accept-Encoding");
  };
  if constexpr (std::is_invocable_v<Process, httplib::Server&, httplib::Stream&, bool, bool&, decltype(setup)>)
    return (server.*process)(stream, is_last, is_closed, setup);
  else
    return (server.*process)(stream, "", 0, "", 0, is_last, is_closed, setup);
}

// As many as there are descriptors for, less those that the program needs besides: without one for the next client,
// httplib would try again and again and do nothing else.
HttpLimits possible(HttpLimits limits) {
  constexpr std::size_t others = 64;
  rlimit descriptors{};
  check(::getrlimit(RLIMIT_NOFILE, &descriptors) == 0, "getrlimit: {}", os_message());
  check(descriptors.rlim_cur > others, "{} open files are too few for a server, at least {} are needed (ulimit -n)",
        descriptors.rlim_cur, others + 1);
  limits.connections = std::min<std::size_t>(limits.connections, descriptors.rlim_cur - others);
  return limits;
}

void watch(int epoll, int operation, int descriptor, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = descriptor}};
  check(::epoll_ctl(epoll, operation, descriptor, &event) == 0, "epoll_ctl: {}", os_message());
}

}  // namespace

// What httplib hands to a thread, done at once: it is process_and_close_socket below, which only notes the connection.
class HttpServer::InlineQueue : public httplib::TaskQueue {
 public:
  explicit InlineQueue(HttpServer& server) : server_(server) {}

  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));  // void, in later versions bool
  Enqueued enqueue(std::function<void()> task) override {
    task();
    on_idle();
    return Enqueued(true);
  }
  void on_idle() override {
    if (Connection::Clock::now() < next_) return;
    server_.close_late_ones();
    next_ = Connection::Clock::now() + sweep_every;
  }
  void shutdown() override {}

 private:
  HttpServer& server_;
  Connection::Clock::time_point next_{};
};

HttpServer::HttpServer(const HttpLimits& limits, std::function<void(int)> on_refusal)
    : limits_(possible(limits)),
      on_refusal_(std::move(on_refusal)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  check(epoll_.is_open() && wake_.is_open(), "cannot wait for connections: {}", os_message());
  watch(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), EPOLLIN);
  new_task_queue = [this] { return new InlineQueue(*this); };
  set_idle_interval(sweep_every);
  set_tcp_nodelay(true);
  set_keep_alive_max_count(static_cast<std::size_t>(limits.requests_per_connection));
  set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(limits.idle).count());
  set_payload_max_length(limits.request.body_bytes);
  // httplib's own options let two programs share a port.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::listen(const std::string& host, int port) {
  errno = 0;
  port_ = port != 0 ? (bind_to_port(host, port) ? port : -1) : bind_to_any_port(host);
  check(port_ > 0, "cannot listen at {}:{}; is the port taken, or the address none of this machine's?", host, port);
  ::listen(svr_sock_, backlog);
}

int HttpServer::start(const std::string& host, int port) {
  listen(host, port);
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  acceptor_ = std::thread([this, ended] {
    listen_after_bind();
    *ended = true;
  });
  for (int i = 0; i < limits_.threads; ++i) workers_.emplace_back([this] { work(); });
  // Or stop() would not end it. It may have ended by itself, where nothing can be accepted.
  while (!is_running() && !*ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return port_;
}

void HttpServer::stop() {
  if (!acceptor_.joinable()) return;
  stopping_ = true;
  httplib::Server::stop();
  acceptor_.join();
  const std::uint64_t one = 1;
  check(::write(wake_.get(), &one, sizeof one) == sizeof one, "eventfd: {}", os_message());
  for (std::thread& worker : workers_) worker.join();
  send_all();
  connections_.clear();
}

// Sends what is left, to all at once: one that reads nothing must not cost the others their answers.
void HttpServer::send_all() {
  using std::chrono::milliseconds;
  const auto deadline = Connection::Clock::now() + limits_.sending;
  for (;;) {
    std::vector<pollfd> waiting;
    for (const auto& [descriptor, connection] : connections_)
      if (connection->send() && connection->is_sending()) waiting.push_back({descriptor, POLLOUT, 0});
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Connection::Clock::now()).count();
    if (waiting.empty() || left <= 0) return;
    ::poll(waiting.data(), waiting.size(), static_cast<int>(left));
  }
}

std::size_t HttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  auto connection = std::make_unique<Connection>(socket);
  connection->deadline = Connection::Clock::now() + limits_.idle;
  const std::lock_guard lock(mutex_);
  if (connections_.size() >= limits_.connections) {
    connection->receive(limits_.request.header_bytes);  // closing with bytes unread could lose the answer
    refuse(*connection, Refusal(429, "too many connections; come back later"));
    connection->drain();
    return false;
  }
  connections_[socket] = std::move(connection);
  watch(epoll_.get(), EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLONESHOT);
  return true;
}

void HttpServer::work() {
  for (;;) {
    epoll_event event{};
    if (::epoll_wait(epoll_.get(), &event, 1, -1) < 1) continue;
    if (event.data.fd == wake_.get()) return;
    Connection* connection = take(event.data.fd);
    if (connection == nullptr) continue;
    bool goes_on = false;
    try {
      goes_on = attend(*connection);
    } catch (const std::bad_alloc&) {  // one client's loss, not all of them's
    }
    if (goes_on)
      give_back(*connection);
    else
      drop(*connection);
  }
}

Connection* HttpServer::take(int descriptor) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(descriptor);
  if (found == connections_.end() || found->second->is_busy) return nullptr;
  found->second->is_busy = true;
  return found->second.get();
}

void HttpServer::give_back(Connection& connection) {
  const std::lock_guard lock(mutex_);
  connection.is_busy = false;
  // Another request that is there already gets its turn behind those of others.
  const std::uint32_t awaited = connection.is_sending() || connection.has_more ? EPOLLOUT : EPOLLIN;
  watch(epoll_.get(), EPOLL_CTL_MOD, connection.socket(), awaited | EPOLLONESHOT);
}

void HttpServer::drop(Connection& connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection.socket());
}

// Does what can be done now, one request at most. False when the connection is at its end.
bool HttpServer::attend(Connection& connection) {
  using Clock = Connection::Clock;
  connection.has_more = false;
  for (bool has_served = false;;) {
    const bool was_sending = connection.is_sending();
    bool is_late = Clock::now() > connection.deadline;
    if (!connection.send()) return false;
    if (connection.is_sending()) return !is_late;
    if (was_sending) {
      set_deadline(connection);
      is_late = false;
    }
    if (connection.is_last) return connection.drain() && !is_late;
    const bool was_empty = connection.received().empty();
    const bool is_open = connection.receive(limits_.request.header_bytes + limits_.request.body_bytes + 4);
    try {
      if (const auto size = request_size(connection.received(), limits_.request)) {
        if (has_served) {
          connection.has_more = true;
          return true;
        }
        serve(connection, *size);
        has_served = true;
        continue;
      }
      if (!is_late && is_open) {
        if (was_empty && !connection.received().empty()) connection.deadline = Clock::now() + limits_.arrival;
        return true;
      }
      if (!is_late || connection.received().empty()) return false;
      throw Refusal(408, fmt::format("a request must come whole within {} s",
                                     std::chrono::duration<double>(limits_.arrival).count()));
    } catch (const Refusal& refusal) {
      refuse(connection, refusal);
    }
  }
}

void HttpServer::serve(Connection& connection, std::size_t size) {
  const bool is_last = stopping_ || ++connection.requests >= limits_.requests_per_connection;
  bool is_closed = false;
  connection.begin_request(size);
  const bool is_good = run(&HttpServer::process_request, *this, connection, is_last, is_closed);
  connection.end_request();
  connection.is_last = is_last || is_closed || !is_good;
  connection.send();
  set_deadline(connection);
}

// For what the connection waits for from now on.
void HttpServer::set_deadline(Connection& connection) {
  const bool begins = connection.received().empty() && !connection.is_last;
  connection.deadline = Connection::Clock::now() + (connection.is_sending() ? limits_.sending
                                                    : begins                ? limits_.idle
                                                                            : limits_.arrival);
}

void HttpServer::refuse(Connection& connection, const Refusal& refusal) {
  const std::string body = error_json(refusal.what());
  const std::string answer = fmt::format(
      "HTTP/1.1 {} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n{}\r\n{}",
      refusal.status, body.size(), refusal.status == 429 ? "Retry-After: 1\r\n" : "", body);
  connection.write(answer.data(), answer.size());
  connection.is_last = true;
  connection.send();
  set_deadline(connection);
  on_refusal_(refusal.status);
}

// Shuts those down that no thread is at: epoll then tells a thread, which closes them or says why.
void HttpServer::close_late_ones() {
  const std::lock_guard lock(mutex_);
  const auto now = Connection::Clock::now();
  for (const auto& [descriptor, connection] : connections_)
    if (!connection->is_busy && now > connection->deadline)
      ::shutdown(descriptor, connection->is_sending() ? SHUT_RDWR : SHUT_RD);
}

}  // namespace wisp::apps
