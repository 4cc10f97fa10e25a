// What reader and writer of safetensors share.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <wisp/core/dtype.h>

namespace wisp::safetensors {

static_assert(std::endian::native == std::endian::little, "numbers are read and written as they lie in memory");

inline constexpr std::size_t length_bytes = 8;
inline constexpr std::size_t max_header_bytes = 100'000'000;
inline constexpr const char* metadata_key = "__metadata__";

inline constexpr std::array<std::pair<const char*, DType>, 5> dtype_names = {
    {{"F64", DType::f64}, {"F32", DType::f32}, {"BF16", DType::bf16}, {"I64", DType::i64}, {"U8", DType::u8}}};

/// A name from a file, quoted, on one line and of bounded length, for messages.
inline std::string quote(const std::string& name) {
  using Json = nlohmann::json;
  const std::string text = Json(name.substr(0, 100)).dump(-1, ' ', true, Json::error_handler_t::replace);
  return name.size() > 100 ? text + "..." : text;
}

}  // namespace wisp::safetensors
