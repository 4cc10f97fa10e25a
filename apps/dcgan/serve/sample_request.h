// What POST /v1/sample is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wisp::apps {

struct SampleRequest {
  std::int64_t count = 1;                  ///< of images
  std::int64_t seed = 1;                   ///< of their noise, as in `dcgan sample`
  std::string format = "png";              ///< png: one grid of all; json: their pixels
  std::optional<std::int64_t> label = {};  ///< the class to draw; all in turns where none is named
  std::vector<double> directions;          ///< how far to go along each principal direction, from the first on
};

struct SampleLimits {
  std::int64_t most_images = 1;
  std::size_t directions = 0;  ///< how many there are
  std::int64_t classes = 0;    ///< of the generator; 0: it knows no labels
};

/// The request in a JSON object, whose members are all optional. Throws Error saying what was given and what is valid
/// when the text is no such object, for a member that does not exist, and for values of a wrong type or out of range:
/// count from 1 to most_images, seed from 0 to 2^63 - 1, label from 0 to classes - 1, each of the directions from -100
/// to 100.
SampleRequest parse_sample_request(const std::string& body, const SampleLimits& limits);

}  // namespace wisp::apps
