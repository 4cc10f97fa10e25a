// Refusal: why a request gets no answer, as an HTTP status and a line for people.
#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

namespace wisp::apps {

class Refusal : public std::runtime_error {
 public:
  Refusal(int http_status, const std::string& message) : std::runtime_error(message), status(http_status) {}

  int status;  ///< 400 and up
};

/// {"error": message} as JSON.
inline std::string error_json(const std::string& message) {
  const nlohmann::json answer{{"error", message}};
  return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace wisp::apps
