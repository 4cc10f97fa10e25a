#include <apps/dcgan/serve/service.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include <apps/common/page.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/serve/directions.h>
#include <serve_page_files.h>
#include <wisp/core/parallel.h>
#include <wisp/core/rng.h>
#include <wisp/core/text.h>
#include <wisp/core/version.h>
#include <wisp/io/png.h>
#include <wisp/ops/autocast.h>

namespace wisp::apps {
namespace {

struct Route {
  const char* path;
  const char* methods;
};

constexpr std::array<Route, 4> routes = {
    {{"/", "GET, HEAD"}, {"/v1/health", "GET, HEAD"}, {"/v1/metrics", "GET, HEAD"}, {"/v1/sample", "POST"}}};

const Route* route_of(const std::string& path) {
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const Route& route) { return path == route.path; });
  return found == routes.end() ? nullptr : found;
}

void answer_error(httplib::Response& response, int status, const std::string& message) {
  response.status = status;
  response.set_content(error_json(message), "application/json");
  if (status == 429 || status == 503) response.set_header("Retry-After", "1");
}

// What httplib found wrong, and what there is no handler for.
void explain_error(const httplib::Request& request, httplib::Response& response) {
  if (!response.body.empty()) return;
  const Route* route = route_of(request.path);
  if (response.status == 404 && route != nullptr) {
    response.set_header("Allow", route->methods);
    return answer_error(response, 405,
                        fmt::format("{} takes {}, given {}", route->path, route->methods, request.method));
  }
  if (response.status == 404)
    return answer_error(response, 404,
                        fmt::format("{} is not there; there are /, /v1/sample, /v1/health and /v1/metrics",
                                    printable(request.path, 60)));
  answer_error(response, response.status, "the request is not valid HTTP");
}

// A request's images are so many that they have at most half a million numbers.
SampleLimits limits_for(const models::DcganOptions& options, const Tensor& directions) {
  constexpr std::int64_t most_images = 256, most_numbers = 1 << 19;
  const std::int64_t numbers = options.channels * options.image_size * options.image_size;
  return {std::clamp<std::int64_t>(most_numbers / numbers, 1, most_images),
          directions.defined() ? static_cast<std::size_t>(directions.dim(0)) : 0, options.classes};
}

// Draws an image: better now than at a request.
LoadedNetwork checked(LoadedNetwork generator) {
  draw(generator.network, Tensor::zeros({1, generator.options.inputs(), 1, 1}));
  return generator;
}

std::string page_for(const LoadedNetwork& generator, const models::PrincipalDirections& directions,
                     const SampleLimits& limits) {
  nlohmann::json data{{"channels", generator.options.channels},
                      {"size", generator.options.image_size},
                      {"latent", generator.options.latent},
                      {"classes", generator.options.classes},
                      {"most", limits.most_images},
                      {"shares", nlohmann::json::array()}};
  if (limits.directions > 0) data["shares"] = directions.shares.values<float>();
  return render({"What the generator draws", embedded::serve_html, embedded::serve_css, embedded::serve_js, data});
}

SampleRequest parsed(const std::string& body, const SampleLimits& limits) {
  try {
    return parse_sample_request(body, limits);
  } catch (const Error& error) {
    throw Refusal(400, error.what());
  }
}

// Dimension `dim` and those behind it of the numbers from `at` on, as nested arrays.
void append_array(std::string& text, const Shape& shape, int dim, const std::uint8_t*& at) {
  if (dim == shape.rank()) {
    fmt::format_to(std::back_inserter(text), "{}", *at++);
    return;
  }
  for (std::int64_t i = 0; i < shape[dim]; ++i) {
    text += i == 0 ? '[' : ',';
    append_array(text, shape, dim + 1, at);
  }
  text += ']';
}

// {"count": N, "seed": ..., "shape": [C, H, W], "images": [...]}: pixels from 0 to 255 as images[n][c][y][x].
std::string json_answer(const Tensor& images, std::int64_t seed) {
  const std::vector<std::uint8_t> pixels = images.values<std::uint8_t>();
  std::string text = fmt::format("{{\"count\":{},\"seed\":{},\"shape\":[{},{},{}],\"images\":", images.dim(0), seed,
                                 images.dim(1), images.dim(2), images.dim(3));
  const std::uint8_t* at = pixels.data();
  append_array(text, images.shape(), 0, at);
  return text + "}\n";
}

}  // namespace

Service::Service(LoadedNetwork generator, const ServiceOptions& options)
    : generator_(checked(std::move(generator))),
      directions_(slider_directions(generator_)),
      limits_(limits_for(generator_.options, directions_.directions)),
      page_(page_for(generator_, directions_, limits_)),
      batcher_(
          [this, options](const Tensor& input) {
            set_num_threads(options.threads);
            const Autocast autocast(options.bf16);
            return draw(generator_.network, input);
          },
          options.batcher, [this](std::int64_t images) { metrics_.add_batch(images); }),
      server_(options.http, [this](int status) { metrics_.add_request("other", status); }) {
  add_routes();
}

void Service::add_routes() {
  const auto get = [this](const char* path, const char* type, auto content) {
    server_.Get(path,
                [=](const httplib::Request&, httplib::Response& response) { response.set_content(content(), type); });
  };
  get("/", "text/html; charset=utf-8", [this] { return page_; });
  get("/v1/health", "application/json", [this] { return health(); });
  get("/v1/metrics", "text/plain; version=0.0.4",
      [this] { return metrics_.text(batcher_.waiting(), server_.connections()); });
  server_.Post("/v1/sample", [this](const httplib::Request& request, httplib::Response& response) {
    try {
      sample(request, response);
    } catch (const Refusal& refusal) {
      answer_error(response, refusal.status, refusal.what());
    } catch (const std::exception& error) {
      answer_error(response, 500, error.what());
    }
  });
  server_.set_error_handler(
      [](const httplib::Request& request, httplib::Response& response) { explain_error(request, response); });
  server_.set_logger([this](const httplib::Request& request, const httplib::Response& response) {
    const Route* route = route_of(request.path);
    metrics_.add_request(route != nullptr ? route->path : "other", response.status);
  });
}

void Service::sample(const httplib::Request& request, httplib::Response& response) {
  const auto start = std::chrono::steady_clock::now();
  const SampleRequest wanted = parsed(request.body, limits_);
  const ThreadLimit one(1);  // a server's thread starts none of its own
  Rng rng(static_cast<std::uint64_t>(wanted.seed));
  const Tensor noise = Tensor::randn({wanted.count, generator_.options.latent, 1, 1}, rng);
  const Tensor images = batcher_(
      generator_input(moved(noise, directions_.directions, wanted.directions), generator_.options, wanted.label));
  if (wanted.format == "png") {
    const auto png = encode_png(make_grid(images, sample_grid(wanted.count, generator_.options, wanted.label)));
    response.set_content(reinterpret_cast<const char*>(png.data()), png.size(), "image/png");
  } else {
    response.set_content(json_answer(images, wanted.seed), "application/json");
  }
  metrics_.add_images(wanted.count, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

std::string Service::health() const {
  const models::DcganOptions& options = generator_.options;
  const nlohmann::json health{{"status", "ok"},
                              {"version", version()},
                              {"latent", options.latent},
                              {"classes", options.classes},
                              {"shape", {options.channels, options.image_size, options.image_size}},
                              {"directions", limits_.directions},
                              {"most_images", limits_.most_images}};
  return health.dump() + "\n";
}

}  // namespace wisp::apps
