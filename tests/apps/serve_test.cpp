// dcgan serve: its answers, and the program.
#include <cmath>
#include <csignal>
#include <future>
#include <regex>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <apps/dcgan/draw.h>
#include <apps/dcgan/serve/directions.h>
#include <apps/dcgan/serve/service.h>
#include <tests/apps/program.h>
#include <wisp/io/image.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A generator that nobody trained, as a file and behind a service.
class Serve : public ::testing::Test {
 protected:
  explicit Serve(const models::DcganOptions& options = {.latent = 5, .base_channels = 2}) {
    Rng rng(3);
    nn::Sequential network = models::dcgan_generator(options, rng);
    // Weights as large as a trained generator's, so that images differ.
    nn::StateDict state = network.state_dict();
    for (auto& [name, tensor] : state)
      if (tensor.rank() == 4) tensor = Tensor::randn(tensor.shape(), rng);
    std::map<std::string, std::string> metadata;
    if (options.classes > 0) metadata["classes"] = std::to_string(options.classes);
    write_safetensors(checkpoint, {state, metadata});
    service = std::make_unique<apps::Service>(apps::load_generator(checkpoint), apps::ServiceOptions{});
    port = service->start("127.0.0.1", 0);
  }

  httplib::Result post(const std::string& body) const {
    return httplib::Client("127.0.0.1", port).Post("/v1/sample", body, "application/json");
  }
  httplib::Result get(const std::string& path) const { return httplib::Client("127.0.0.1", port).Get(path.c_str()); }
  std::string sampled(std::int64_t count, int seed, const std::string& more = "") const {
    const Outcome outcome =
        run(folder, "dcgan sample --precision f32 --checkpoint " + checkpoint + " --count " + std::to_string(count) +
                        " --seed " + std::to_string(seed) + " --out " + (folder / "sampled.png") + more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return read_bytes(folder / "sampled.png");
  }
  void expect_sample_draws_the_same(std::initializer_list<std::int64_t> counts) const {
    for (const std::int64_t count : counts) {
      const auto answer = post(json{{"count", count}, {"seed", 11}}.dump());
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->status, 200);
      EXPECT_EQ(answer->get_header_value("Content-Type"), "image/png");
      EXPECT_TRUE(answer->body == sampled(count, 11)) << count << " images";
    }
    EXPECT_NE(post("{}")->body, post(R"({"seed": 2})")->body);
    EXPECT_EQ(post("{}")->body, post(R"({"seed": 1, "count": 1, "format": "png", "directions": [0]})")->body);
  }

  TemporaryFolder folder;
  const std::string checkpoint = folder / "generator.safetensors";
  std::unique_ptr<apps::Service> service;
  int port = 0;
};

class ServeColour : public Serve {
 protected:
  ServeColour() : Serve({.latent = 4, .base_channels = 2, .image_size = 64, .channels = 3}) {}
};

TEST_F(Serve, DrawsWhatSampleDraws) { expect_sample_draws_the_same({1, 7, 100}); }

TEST_F(ServeColour, DrawsWhatSampleDraws) { expect_sample_draws_the_same({1, 9}); }

// The pixels of one image's PNG, whose grid is the image alone.
TEST_F(ServeColour, JsonHoldsThePixelsOfThePng) {
  const json answer = json::parse(post(R"({"count": 3, "seed": 5, "format": "json"})")->body);
  EXPECT_EQ(answer["count"], 3);
  EXPECT_EQ(answer["seed"], 5);
  EXPECT_EQ(answer["shape"], (json{3, 64, 64}));
  ASSERT_EQ(answer["images"].size(), 3u);
  const std::string png = write_bytes(folder / "one.png", post(R"({"seed": 5})")->body);
  const std::vector<std::uint8_t> pixels = read_image(png).values<std::uint8_t>();  // (C, H, W)
  std::vector<std::uint8_t> first;
  for (const json& channel : answer["images"][0])
    for (const json& row : channel) {
      EXPECT_EQ(row.size(), 64u);
      for (const json& pixel : row) first.push_back(pixel.get<std::uint8_t>());
    }
  EXPECT_EQ(first, pixels);
  EXPECT_NE(answer["images"][0], answer["images"][1]);
}

TEST_F(Serve, AnImageDependsOnItsOwnNoiseAlone) {
  std::vector<std::string> alone;
  for (int seed = 0; seed < 40; ++seed)
    alone.push_back(post(json{{"seed", seed}, {"count", 1 + seed % 11}}.dump())->body);
  std::vector<std::future<std::string>> together;
  for (int seed = 0; seed < 40; ++seed)
    together.push_back(std::async(std::launch::async, [=, this] {
      return post(json{{"seed", seed}, {"count", 1 + seed % 11}}.dump())->body;
    }));
  for (std::size_t seed = 0; seed < 40; ++seed) EXPECT_TRUE(together[seed].get() == alone[seed]) << seed;
}

TEST_F(Serve, DirectionsMoveTheNoise) {
  apps::LoadedNetwork generator = apps::load_generator(checkpoint);
  const std::vector<float> directions = apps::slider_directions(generator).directions.values<float>();
  ASSERT_EQ(directions.size(), 25u) << "all five of them";
  Rng rng(9);
  std::vector<float> noise = Tensor::randn({2, 5, 1, 1}, rng).values<float>();
  for (std::size_t n = 0; n < 2; ++n)
    for (std::size_t i = 0; i < 5; ++i) noise[n * 5 + i] += 2.5f * directions[5 + i] - 1.5f * directions[10 + i];
  const std::vector<std::uint8_t> expected =
      apps::draw(generator.network, Tensor::from({2, 5, 1, 1}, noise)).values<std::uint8_t>();
  const json answer =
      json::parse(post(R"({"count": 2, "seed": 9, "format": "json", "directions": [0, 2.5, -1.5]})")->body)["images"];
  std::vector<std::uint8_t> pixels;
  for (const json& image : answer)
    for (const json& row : image[0])
      for (const json& pixel : row) pixels.push_back(pixel.get<std::uint8_t>());
  ASSERT_EQ(pixels.size(), expected.size());
  int far = 0;  // sums in another order may round another way
  for (std::size_t i = 0; i < pixels.size(); ++i) far += std::abs(pixels[i] - expected[i]) > 1;
  EXPECT_EQ(far, 0);
}

// What the first layer answers to a step along the directions, measured on the network: less from one to the next.
TEST_F(Serve, DirectionsAreThoseOfTheFirstLayerWithItsNorm) {
  apps::LoadedNetwork generator = apps::load_generator(checkpoint);
  const Tensor directions = apps::slider_directions(generator).directions;
  const auto answer_to = [&](const Tensor& noise) {
    return generator.network[1](generator.network[0](noise)).values<float>();
  };
  const std::vector<float> rest = answer_to(Tensor::zeros({1, 5, 1, 1}));
  double before = std::numeric_limits<double>::infinity();
  for (std::int64_t k = 0; k < 5; ++k) {
    const std::vector<float> moved = answer_to(directions.narrow(0, k, 1).reshape({1, 5, 1, 1}));
    double change = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) change += std::pow(static_cast<double>(moved[i] - rest[i]), 2);
    EXPECT_LT(change, before * (1 + 1e-5)) << k;
    before = change;
  }
}

TEST_F(Serve, BadRequests) {
  const auto expect = [&](const std::string& body, std::initializer_list<std::string> words) {
    const auto answer = post(body);
    ASSERT_TRUE(answer) << body;
    EXPECT_EQ(answer->status, 400) << body;
    EXPECT_EQ(answer->get_header_value("Content-Type"), "application/json");
    const std::string message = json::parse(answer->body)["error"];
    for (const std::string& word : words) EXPECT_THAT(message, HasSubstr(word)) << body;
  };
  for (const char* body : {"", "{", "[]", "7", "null", "{\"count\": 1}}", "\xff\xfe", "{\"directions\": [1e999]}"})
    expect(body, {"JSON object", "given"});
  expect(std::string(60'000, '['), {"JSON object"});
  for (const char* count :
       {"0", "-1", "257", "1000000000", "18446744073709551615", "1.5", "1e2", "\"1\"", "null", "[1]"})
    expect(std::string("{\"count\": ") + count + "}", {"count", "between 1 and 256", "given"});
  for (const char* seed : {"-1", "9223372036854775808", "1.5", "true"})
    expect(std::string("{\"seed\": ") + seed + "}", {"seed", "between 0 and 9223372036854775807"});
  for (const char* format : {"\"gif\"", "1", "null"})
    expect(std::string("{\"format\": ") + format + "}", {"\"png\" or \"json\"", format});
  for (const char* directions : {"1", "[\"a\"]", "[1, 2, 3, 4, 5, 6]", "[101]", "[null]", "{}"})
    expect(std::string("{\"directions\": ") + directions + "}", {"directions", "at most 5 numbers"});
  expect(R"({"cuont": 1})", {"cuont", "count, seed, label, format and directions"});
  expect(R"({"label": 1})", {"trained with labels", "given 1"});
  expect("{\"" + std::string(5000, 'x') + "\": 1}", {"xxx..."});
  EXPECT_EQ(post(R"({"count": 256, "seed": 9223372036854775807, "directions": [100, -100, 1, 1e-9, 5]})")->status, 200);
}

class ServeClasses : public Serve {
 protected:
  ServeClasses() : Serve({.latent = 4, .base_channels = 2, .classes = 3}) {}
};

TEST_F(ServeClasses, DrawTheLabelThatIsAskedFor) {
  expect_sample_draws_the_same({1, 10});
  EXPECT_TRUE(post(R"({"count": 7, "seed": 11, "label": 2})")->body == sampled(7, 11, " --label 2"));
  EXPECT_NE(post(R"({"label": 1})")->body, post(R"({"label": 2})")->body);
  for (const char* label : {"3", "-1", "\"1\"", "null"}) {
    const auto answer = post(std::string("{\"label\": ") + label + "}");
    EXPECT_EQ(answer->status, 400);
    EXPECT_THAT(answer->body, HasSubstr("label must be a whole number between 0 and 2")) << label;
  }
  EXPECT_EQ(json::parse(get("/v1/health")->body)["classes"], 3);
}

TEST_F(ServeColour, ACountIsBoundedByThePixels) {
  EXPECT_EQ(post(R"({"count": 42})")->status, 200);
  EXPECT_THAT(post(R"({"count": 43})")->body, HasSubstr("between 1 and 42")) << "2^19 / (3 64 64) = 42.7";
}

TEST_F(Serve, OtherPathsAndMethods) {
  EXPECT_EQ(get("/nowhere")->status, 404);
  EXPECT_THAT(get("/nowhere")->body, HasSubstr("/v1/sample"));
  EXPECT_EQ(get("/v1/sample")->status, 405);
  EXPECT_EQ(get("/v1/sample")->get_header_value("Allow"), "POST");
  httplib::Client client("127.0.0.1", port);
  EXPECT_EQ(client.Put("/v1/sample", "{}", "application/json")->status, 405);
  EXPECT_EQ(client.Delete("/")->status, 405);
  EXPECT_EQ(client.Post("/v1/health", "{}", "application/json")->status, 405);
  EXPECT_EQ(client.Head("/v1/health")->status, 200);
}

TEST_F(Serve, Health) {
  const json health = json::parse(get("/v1/health")->body);
  EXPECT_EQ(health["status"], "ok");
  EXPECT_EQ(health["shape"], (json{1, 28, 28}));
  EXPECT_EQ(health["latent"], 5);
  EXPECT_EQ(health["directions"], 5);
  EXPECT_EQ(health["most_images"], 256);
}

TEST_F(Serve, Metrics) {
  for (int i = 0; i < 3; ++i) post(R"({"count": 20})");
  post("nonsense");
  get("/nowhere");
  const auto answer = get("/v1/metrics");
  EXPECT_THAT(answer->get_header_value("Content-Type"), StartsWith("text/plain"));
  for (const char* line : {"wisp_requests_total{route=\"/v1/sample\",status=\"200\"} 3\n",
                           "wisp_requests_total{route=\"/v1/sample\",status=\"400\"} 1\n",
                           "wisp_requests_total{route=\"other\",status=\"404\"} 1\n", "\nwisp_images_total 60\n",
                           "\nwisp_sample_seconds_count 3\n", "\nwisp_sample_seconds_bucket{le=\"+Inf\"} 3\n",
                           "\nwisp_batch_images_bucket{le=\"16\"} 0\n", "\nwisp_batch_images_bucket{le=\"32\"} 3\n",
                           "\nwisp_batch_images_sum 60\n", "\nwisp_waiting_images 0\n"})
    EXPECT_THAT(answer->body, HasSubstr(line));
  // Prometheus' text format: comments, and lines of a name, labels and a number.
  const std::regex valid(R"(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)");
  std::istringstream lines(answer->body);
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(std::regex_match(line, valid)) << line;
}

TEST_F(Serve, ThePageStandsAlone) {
  const std::string page = get("/")->body;
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
  for (const char* address : {"src=\"http", "@import", "<link rel=\"stylesheet"})
    EXPECT_EQ(page.find(address), std::string::npos) << address;
  EXPECT_THAT(page, HasSubstr("\"size\":28"));
}

TEST(ServeWideLatent, HasNoSliders) {
  Rng rng(1);
  const models::DcganOptions options{.latent = 1025, .base_channels = 1};
  apps::LoadedNetwork generator{options, models::dcgan_generator(options, rng)};
  generator.network.eval();
  EXPECT_FALSE(apps::slider_directions(generator).directions.defined());
}

// `dcgan serve` as a program of its own.
class Program {
 public:
  explicit Program(const std::string& checkpoint, const std::string& before = "") {
    const std::string command =
        "echo $$; " + before + " exec " WISP_BIN_DIR "/dcgan serve --port 0 --precision f32 --checkpoint " + checkpoint;
    pipe_ = ::popen(command.c_str(), "r");
    id_ = std::stoi(line());
    address_ = line();
  }
  ~Program() {
    if (pipe_ != nullptr) end(SIGKILL);
  }

  const std::string& address() const { return address_; }
  int port() const { return std::stoi(address_.substr(address_.rfind(':') + 1)); }
  /// Sends the signal, waits, and returns the exit code; -1 when a signal ended the program.
  int end(int signal) {
    ::kill(id_, signal);
    const int status = ::pclose(pipe_);
    pipe_ = nullptr;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  std::string line() {
    std::string text;
    for (int c; (c = std::fgetc(pipe_)) != EOF && c != '\n';) text += static_cast<char>(c);
    return text;
  }

  std::FILE* pipe_;
  int id_ = 0;
  std::string address_;
};

TEST_F(Serve, TheProgramServesUntilASignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program program(checkpoint);
    EXPECT_THAT(program.address(), StartsWith("http://127.0.0.1:"));
    httplib::Client client("127.0.0.1", program.port());
    const auto answer = client.Post("/v1/sample", R"({"count": 4, "seed": 2})", "application/json");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->body == sampled(4, 2));
    expect_rejected(run(folder, "dcgan serve --checkpoint " + checkpoint + " --port " + std::to_string(program.port())),
                    {"127.0.0.1:" + std::to_string(program.port()), "taken"});
    EXPECT_EQ(program.end(signal), 0);
  }
}

// Bodies and headers over which a reader might recurse, with little stack, and with none announced, when the system
// gives a thread 2 MB.
TEST_F(Serve, NestingEndsNoProgram) {
  const auto repeated = [](std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  const auto nested = [&](const char* open, const char* close, int depth) {
    return repeated(open, depth) + "1" + repeated(close, depth);
  };
  const std::vector<std::string> bodies = {nested("[", "]", 30'000),
                                           repeated("[", 60'000),
                                           nested("{\"a\":", "}", 9'000),
                                           "{\"count\":" + nested("[", "]", 30'000) + "}",
                                           "{\"directions\":" + nested("[{\"a\":", "}]", 7'000) + "}",
                                           "{\"seed\":1,\"label\":" + nested("{\"a\":", "}", 9'000) + "}",
                                           "{\"x\":" + nested("[", "]", 30'000) + "}"};
  const std::string long_name =
      "--B\r\nContent-Disposition: form-data; name=\"" + std::string(7'000, 'a') + "\"\r\n\r\nx\r\n--B--\r\n";
  for (const char* stack : {"256", "4096", "unlimited"}) {
    Program program(checkpoint, std::string("ulimit -s ") + stack + ";");
    ASSERT_THAT(program.address(), StartsWith("http://")) << stack;
    httplib::Client client("127.0.0.1", program.port());
    const auto expect_refused = [&](const httplib::Result& answer, int status, const char* words) {
      ASSERT_TRUE(answer) << stack << ": " << words;
      EXPECT_EQ(answer->status, status);
      EXPECT_THAT(answer->body, HasSubstr(words));
      EXPECT_LT(answer->body.size(), 300u);
    };
    for (const std::string& body : bodies)
      expect_refused(client.Post("/v1/sample", body, "application/json"), 400, "nested deeper than 16 levels");
    expect_refused(client.Post("/v1/sample", std::string(1'000'000, '['), "application/json"), 413, "at most");
    expect_refused(client.Post("/v1/sample", long_name, "Multipart/form-data; boundary=B"), 415, "several parts");
    expect_refused(client.Get("/", {{"Range", "bytes=" + std::string(7'000, '1') + "-"}}), 431, "Range");
    const auto health = client.Get("/v1/health");
    ASSERT_TRUE(health);
    EXPECT_EQ(health->status, 200);
  }
}

TEST_F(Serve, MessagesHaveNoControlCharacters) {
  for (const std::string& body :
       {std::string("{\"a\x1b[31m\": 1}"), std::string("\x1b\n\xff"), std::string("{\"\\u001b\\n\": 1}"),
        std::string("{\"count\": \"\\u001b\\n\"}"), std::string("\0\0", 2)}) {
    const std::string message = json::parse(post(body)->body)["error"];
    for (const char c : message) EXPECT_TRUE(c >= ' ' && c <= '~') << message;
  }
  const std::string path = json::parse(get("/%0a%1b[31m%ff")->body)["error"];
  EXPECT_THAT(path, StartsWith(R"(/\n\x1b[31m\xff is not there)"));
  EXPECT_THAT(std::string(json::parse(post("[1, 2")->body)["error"]), HasSubstr("at byte 5 it is not valid JSON"));
  EXPECT_THAT(std::string(json::parse(post(R"({"seed": 1, "seed": 2})")->body)["error"]), HasSubstr("appears twice"));
}

TEST_F(Serve, BadOptions) {
  const std::string start = "dcgan serve --checkpoint " + checkpoint;
  expect_rejected(run(folder, "dcgan serve"), {"--checkpoint"});
  expect_rejected(run(folder, "dcgan serve --checkpoint ''"), {"--checkpoint", "\"\""});
  expect_rejected(run(folder, "dcgan serve --checkpoint " + (folder / "nowhere")), {"nowhere"});
  expect_rejected(run(folder, start + " --port 65536"), {"--port", "65536", "65535"});
  expect_rejected(run(folder, start + " --port=-1"), {"--port", "-1"});
  expect_rejected(run(folder, start + " --port 0 --host 192.0.2.1"), {"192.0.2.1"});
  expect_rejected(run(folder, start + " --threads 0"), {"--threads", "0"});
  expect_rejected(run(folder, start + " --threads 1000000"), {"--threads", "1000000", "1024"});
  expect_rejected(run(folder, start + " --port 0", "ulimit -n 64;"), {"64 open files", "65"});
  nn::StateDict state = apps::load_generator(checkpoint).network.state_dict();
  state.at("0.weight") = Tensor::full(state.at("0.weight").shape(), NAN);
  write_safetensors(folder / "spoiled.safetensors", {state});
  expect_rejected(run(folder, "dcgan serve --port 0 --checkpoint " + (folder / "spoiled.safetensors")), {"not finite"});
}

}  // namespace
}  // namespace wisp::testing
