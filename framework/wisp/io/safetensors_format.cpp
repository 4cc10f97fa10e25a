#include <wisp/io/safetensors_format.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace wisp::safetensors {
namespace {

struct float16 {
  std::uint16_t bits;
};
struct boolean {
  std::uint8_t bits;
};

// Exact. Formula: (-1)^s 2^(e - 15) (1 + m / 2^10) of the sign, five bits of exponent and ten of mantissa; (-1)^s 2^-24
// m for e = 0; infinity or NaN for e = 31. Source: IEEE 754-2019, section 3.4.
float to_float(float16 number) {
  const int exponent = number.bits >> 10 & 31, mantissa = number.bits & 1023;
  float size = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                             : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
  if (exponent == 31)
    size = mantissa == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  return (number.bits & 0x8000) == 0 ? size : -size;
}

template <class Stored, class T>
std::size_t convert(const std::byte* from, std::byte* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored{};
    std::memcpy(&stored, from + i * sizeof(Stored), sizeof(Stored));
    T number{};
    if constexpr (std::is_same_v<Stored, float16>) {
      number = to_float(stored);
    } else if constexpr (std::is_same_v<Stored, boolean>) {
      number = stored.bits != 0;
    } else {
      if (!std::in_range<T>(stored)) return i;
      number = static_cast<T>(stored);
    }
    std::memcpy(to + i * sizeof(T), &number, sizeof(T));
  }
  return count;
}

template <class Stored>
constexpr FileDType as_i64(const char* name) {
  return {name, sizeof(Stored), DType::i64, convert<Stored, std::int64_t>};
}

}  // namespace

const std::array<FileDType, 13> file_dtypes = {{{"F64", 8, DType::f64, nullptr},
                                                {"F32", 4, DType::f32, nullptr},
                                                {"F16", 2, DType::f32, convert<float16, float>},
                                                {"BF16", 2, DType::bf16, nullptr},
                                                {"I64", 8, DType::i64, nullptr},
                                                as_i64<std::int32_t>("I32"),
                                                as_i64<std::int16_t>("I16"),
                                                as_i64<std::int8_t>("I8"),
                                                as_i64<std::uint64_t>("U64"),
                                                as_i64<std::uint32_t>("U32"),
                                                as_i64<std::uint16_t>("U16"),
                                                {"U8", 1, DType::u8, nullptr},
                                                {"BOOL", 1, DType::u8, convert<boolean, std::uint8_t>}}};

}  // namespace wisp::safetensors
