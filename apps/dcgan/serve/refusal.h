// Refusal: why a request gets no answer, as an HTTP status and a line for people.
#pragma once

#include <stdexcept>
#include <string>

namespace wisp::apps {

class Refusal : public std::runtime_error {
 public:
  Refusal(int http_status, const std::string& message) : std::runtime_error(message), status(http_status) {}

  int status;  ///< 400 and up
};

/// {"error": message} as JSON.
std::string error_json(const std::string& message);

}  // namespace wisp::apps
