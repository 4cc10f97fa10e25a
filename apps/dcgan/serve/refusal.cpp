#include <apps/dcgan/serve/refusal.h>

#include <nlohmann/json.hpp>

namespace wisp::apps {

std::string error_json(const std::string& message) {
  const nlohmann::json answer{{"error", message}};
  return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace wisp::apps
