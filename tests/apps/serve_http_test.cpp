// dcgan serve: connections, and what is not worth a handler.
#include <chrono>
#include <future>
#include <semaphore>

#include <gmock/gmock.h>

#include <apps/dcgan/serve/http_server.h>
#include <tests/apps/raw_client.h>
#include <tests/wait_until.h>
#include <wisp/core/error.h>

namespace wisp::testing {
namespace {

using apps::HttpLimits;
using apps::HttpServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// 0: incomplete. A refusal's status is negative.
int framed(const std::string& received, const apps::RequestLimits& limits = {}) {
  try {
    return static_cast<int>(apps::request_size(received, limits).value_or(0));
  } catch (const apps::Refusal& refusal) {
    return -refusal.status;
  }
}

TEST(ServeFraming, ARequestEndsWithItsBody) {
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH:  5 \r\n\r\nhello";
  EXPECT_EQ(framed(get), get.size());
  EXPECT_EQ(framed(post), post.size());
  EXPECT_EQ(framed(get + post), get.size()) << "the next one is not this one's";
  EXPECT_EQ(framed(post + get), post.size());
  for (std::size_t length = 0; length < post.size(); ++length) EXPECT_EQ(framed(post.substr(0, length)), 0) << length;
}

TEST(ServeFraming, WhatIsRefused) {
  const auto with = [](const std::string& lines) { return "POST / HTTP/1.1\r\n" + lines + "\r\n\r\n"; };
  EXPECT_EQ(framed(with("Content-Length: 100"), {.body_bytes = 99}), -413) << "before the body has come";
  EXPECT_EQ(framed(with("Content-Length: 99"), {.body_bytes = 99}), 0);
  EXPECT_EQ(framed(with("Content-Length: 99999999999999999999999")), -413);
  for (const char* length : {"", "-1", "5x", "0x5", "5, 5"})
    EXPECT_EQ(framed(with(std::string("Content-Length: ") + length)), -400) << length;
  EXPECT_EQ(framed(with("Content-Length: 5\r\nContent-Length: 6")), -400);
  EXPECT_EQ(framed(with("Transfer-Encoding: chunked")), -411);
  EXPECT_EQ(framed(with("Content-Encoding: gzip\r\nContent-Length: 5")), -415);
  for (const char* type : {"multipart/form-data; boundary=B", "Multipart/Mixed", "multipart/"})
    EXPECT_EQ(framed(with(std::string("Content-Type: ") + type + "\r\nContent-Length: 5")), -415) << type;
  EXPECT_GT(framed(with("Content-Type: application/json")), 0);
  EXPECT_GT(framed(with("Range: bytes=0-99,200-299")), 0);
  EXPECT_EQ(framed(with("range: bytes=" + std::string(100, '1') + "-")), -431);
  EXPECT_EQ(framed(with("Content-Encoding: identity")), static_cast<int>(with("Content-Encoding: identity").size()));
  for (const char* line : {"Content-Length : 5", " Content-Length: 5", ": 5", "Content-Length", "X: a\nHost: x",
                           "X: a\rHost: x", "X: a\r\n folded"})
    EXPECT_EQ(framed(with(line)), -400) << line;
  EXPECT_EQ(framed("GET / HTTP/1.1\nHost: x\r\n\r\n"), -400);
  EXPECT_EQ(framed(std::string(101, 'x'), {.header_bytes = 100}), -431) << "a header without end";
  EXPECT_EQ(framed(with("X: " + std::string(100, 'x')), {.header_bytes = 100}), -431);
}

// A server that answers GET /echo with "echo" and POST /echo with the body.
class ServeHttp : public ::testing::Test {
 protected:
  void start(const HttpLimits& limits = {}) {
    server = std::make_unique<HttpServer>(limits, [this](int status) { refused = status; });
    server->Get("/echo", [](const auto&, httplib::Response& response) { response.set_content("echo", "text/plain"); });
    server->Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.body, "text/plain");
    });
    port = server->start("127.0.0.1", 0);
  }
  // The answer to what is sent in a connection of its own.
  std::string answer_to(const std::string& bytes) {
    RawClient client(port);
    client.send(bytes);
    client.end();
    return client.read();
  }
  int get_echo() {
    httplib::Client client("127.0.0.1", port);
    const auto answer = client.Get("/echo");
    return answer ? answer->status : 0;
  }

  std::atomic<int> refused = 0;
  int port = 0;
  std::unique_ptr<HttpServer> server;
};

const std::string get_echo_text = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(ServeHttp, AConnectionServesManyRequests) {
  start();
  const std::string post = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
  const std::string answers = answer_to(get_echo_text + post + get_echo_text);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 200", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 3) << answers;
  EXPECT_THAT(answers, HasSubstr("hello"));
  httplib::Client client("127.0.0.1", port);
  client.set_keep_alive(true);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.Get("/echo")->body, "echo");
}

TEST_F(ServeHttp, WhoAsksOnceMoreGetsBehindTheOthers) {
  start({.threads = 2});
  std::counting_semaphore<> permits(0);
  std::atomic<int> begun = 0;
  server->Get("/wait", [&](const auto&, httplib::Response&) {
    ++begun;
    EXPECT_TRUE(permits.try_acquire_for(std::chrono::minutes(1)));
  });
  const std::string twice = "GET /wait HTTP/1.1\r\n\r\nGET /wait HTTP/1.1\r\n\r\n";
  RawClient greedy(port), also_greedy(port), other(port);
  greedy.send(twice);
  also_greedy.send(twice);
  EXPECT_TRUE(wait_until([&] { return begun == 2 && server->connections() == 3; }));
  other.send(get_echo_text);
  other.end();
  permits.release(2);
  EXPECT_THAT(other.read(), StartsWith("HTTP/1.1 200 "));
  permits.release(2);
  for (RawClient* client : {&greedy, &also_greedy}) {  // both, before what the handler refers to is gone
    client->end();
    EXPECT_THAT(client->read(), ::testing::ContainsRegex("HTTP/1.1 200(.|\n)*HTTP/1.1 200"));
  }
}

TEST_F(ServeHttp, ABodyThatNobodyReadsIsNotTheNextRequest) {
  start();
  const std::string answers =
      answer_to("GET /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(get_echo_text.size()) +
                "\r\n\r\n" + get_echo_text);
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(answers.rfind("HTTP/1.1"), 0) << answers;
}

TEST_F(ServeHttp, RefusalsSayWhyAndClose) {
  start();
  EXPECT_THAT(answer_to("POST /echo HTTP/1.1\r\nContent-Length: 8388608\r\n\r\n" + std::string(100'000, 'x')),
              ::testing::AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("at most 65536 bytes, given 8388608")));
  EXPECT_EQ(refused, 413);
  EXPECT_THAT(answer_to("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), StartsWith("HTTP/1.1 411 "));
  EXPECT_THAT(answer_to(std::string(20'000, 'x')), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer_to("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("GET /echo HTTP/1.1\r\nRange: bytes=0-,0-,0-\r\n\r\n"),
              ::testing::AllOf(StartsWith("HTTP/1.1 200 "), ::testing::EndsWith("\r\n\r\necho")));
  EXPECT_THAT(answer_to("GET /echo HTTP/1.1\r\nAccept-Encoding: br, gzip\r\n\r\n"),
              ::testing::AllOf(StartsWith("HTTP/1.1 200 "), ::testing::EndsWith("\r\n\r\necho")))
      << "not compressed";
  EXPECT_EQ(get_echo(), 200) << "and goes on";
}

TEST_F(ServeHttp, AnEightMegabyteBodyIsRefused) {
  start();
  httplib::Client client("127.0.0.1", port);
  const auto answer = client.Post("/echo", std::string(8 << 20, 'x'), "application/json");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 413);
}

// More of them than the server has threads.
TEST_F(ServeHttp, SlowClientsHoldNobodyUp) {
  start();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<RawClient>(port));
    slow.back()->send(get_echo_text.substr(0, 20));
  }
  EXPECT_EQ(get_echo(), 200);
  slow[7]->send(get_echo_text.substr(20));
  slow[7]->end();
  EXPECT_THAT(slow[7]->read(), StartsWith("HTTP/1.1 200 ")) << "late, but in time";
}

TEST_F(ServeHttp, ARequestThatNeverEndsIsRefused) {
  start({.arrival = std::chrono::milliseconds(20)});
  RawClient client(port);
  client.send(get_echo_text.substr(0, 20));
  EXPECT_THAT(client.read(), ::testing::AllOf(StartsWith("HTTP/1.1 408 "), HasSubstr("within 0.02 s")));
  EXPECT_EQ(refused, 408);
}

TEST_F(ServeHttp, AnIdleConnectionIsClosed) {
  start({.idle = std::chrono::milliseconds(20)});
  EXPECT_EQ(RawClient(port).read(), "");
}

TEST_F(ServeHttp, AClientThatReadsNothingIsDropped) {
  start({.sending = std::chrono::milliseconds(20)});
  std::atomic<bool> is_asked = false;
  server->Get("/much", [&](const auto&, httplib::Response& response) {
    is_asked = true;
    response.set_content(std::string(64 << 20, 'x'), "text/plain");
  });
  RawClient client(port);
  client.send("GET /much HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(wait_until([&] { return is_asked.load(); }));
  EXPECT_TRUE(wait_until([&] { return server->connections() == 0; }));
  EXPECT_LT(client.read().size(), 64u << 20);
}

TEST_F(ServeHttp, TooManyConnections) {
  start({.connections = 2});
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 2; ++i) idle.push_back(std::make_unique<RawClient>(port));
  EXPECT_TRUE(wait_until([&] { return server->connections() == 2; }));
  EXPECT_THAT(RawClient(port).read(), ::testing::AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("Retry-After")));
  EXPECT_EQ(refused, 429);
  idle.clear();
  EXPECT_TRUE(wait_until([&] { return server->connections() == 0; }));
  EXPECT_EQ(get_echo(), 200);
}

TEST_F(ServeHttp, StopFinishesWhatRuns) {
  start();
  std::promise<void> begun, go_on;
  server->Get("/slow", [&](const auto&, httplib::Response& response) {
    begun.set_value();
    EXPECT_EQ(go_on.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
    response.set_content(std::string(4 << 20, 'x'), "text/plain");
  });
  RawClient client(port), idle(port);
  client.send("GET /slow HTTP/1.1\r\n\r\n");
  ASSERT_EQ(begun.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  auto stopped = std::async([&] { server->stop(); });
  EXPECT_TRUE(wait_until([&] { return !server->is_running(); }));
  auto answer = std::async([&] { return client.read(); });
  go_on.set_value();
  stopped.get();
  EXPECT_GT(answer.get().size(), 4u << 20) << "the answer was cut";
  EXPECT_EQ(idle.read(), "");
}

TEST_F(ServeHttp, WhoReadsNothingCostsNobodyAnAnswerAtTheStop) {
  start({.sending = std::chrono::milliseconds(1000)});
  std::atomic<int> asked = 0;
  server->Get("/much", [&](const auto&, httplib::Response& response) {
    response.set_content(std::string(16 << 20, 'x'), "text/plain");
    ++asked;
  });
  RawClient silent(port), reading(port), also_silent(port);
  for (RawClient* client : {&silent, &reading, &also_silent}) client->send("GET /much HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(wait_until([&] { return asked == 3; }));
  auto stopped = std::async([&] { server->stop(); });
  EXPECT_GT(reading.read().size(), 16u << 20) << "the answer was cut";
  stopped.get();
}

TEST_F(ServeHttp, APortIsNotShared) {
  start();
  HttpServer other({}, [](int) {});
  try {
    other.start("127.0.0.1", port);
    FAIL() << "two servers at one port";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(port)));
  }
}

}  // namespace
}  // namespace wisp::testing
