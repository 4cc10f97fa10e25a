// Element types of a Tensor, and the one place that maps a runtime DType to a C++ type.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <wisp/core/error.h>

namespace wisp {

/// bfloat16: the upper half of an IEEE binary32. A storage type; arithmetic happens in float.
struct bfloat16 {
  std::uint16_t bits = 0;

  bfloat16() = default;
  /// Rounds to nearest, ties to even; NaN stays NaN.
  explicit bfloat16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    bits = std::isnan(value) ? 0x7fc0 : static_cast<std::uint16_t>((word + 0x7fff + ((word >> 16) & 1)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

/// f32 and f64 compute; bf16 is stored, and computed with in f32; u8 and i64 hold data and labels.
enum class DType : std::uint8_t { f32, f64, bf16, u8, i64 };

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> : std::integral_constant<DType, DType::f32> {};
template <>
struct DTypeOf<double> : std::integral_constant<DType, DType::f64> {};
template <>
struct DTypeOf<bfloat16> : std::integral_constant<DType, DType::bf16> {};
template <>
struct DTypeOf<std::uint8_t> : std::integral_constant<DType, DType::u8> {};
template <>
struct DTypeOf<std::int64_t> : std::integral_constant<DType, DType::i64> {};

/// A C++ type that tensors hold: float, double, bfloat16, std::uint8_t or std::int64_t.
template <class T>
concept Element = requires {
  DTypeOf<T>::value;
};

/// The DType of a C++ element type.
template <Element T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

template <class T, class... Others>
inline constexpr bool is_one_of = (std::same_as<T, Others> || ...);

/// A C++ integer or bool; characters are none.
template <class T>
concept Integer = std::integral<T> && !is_one_of<T, char, wchar_t, char8_t, char16_t, char32_t>;

/// A C++ type that a tensor can be made from.
template <class T>
concept Number = Element<T> || Integer<T>;

/// What a tensor made from numbers of T holds: T where it is an Element; of bool u8, 0 or 1; of other integers i64, as
/// torch.tensor.
template <Number T>
using element_t =
    std::conditional_t<Element<T>, T, std::conditional_t<std::same_as<T, bool>, std::uint8_t, std::int64_t>>;

/// Calls visitor(T{}) with the C++ type of `dtype`.
template <class Visitor>
decltype(auto) visit_dtype(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::f64: return visitor(double{});
    case DType::bf16: return visitor(bfloat16{});
    case DType::u8: return visitor(std::uint8_t{});
    case DType::i64: return visitor(std::int64_t{});
    case DType::f32: break;
  }
  return visitor(float{});
}

/// `value` as a To. bfloat16 converts through float; floating to integer truncates, saturates, and makes 0 of NaN.
template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (std::is_same_v<From, bfloat16>) {
    return convert<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bfloat16>) {
    return bfloat16(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr auto lowest = std::numeric_limits<To>::min(), highest = std::numeric_limits<To>::max();
    if (std::isnan(value)) return To{0};
    if (value <= static_cast<From>(lowest)) return lowest;
    return value >= static_cast<From>(highest) ? highest : static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

/// Bytes of one element.
inline std::size_t size_of(DType dtype) {
  return visit_dtype(dtype, [](auto zero) { return sizeof(zero); });
}

/// "f32", "f64", "bf16", "u8" or "i64".
constexpr const char* name_of(DType dtype) {
  constexpr const char* names[] = {"f32", "f64", "bf16", "u8", "i64"};
  return names[static_cast<int>(dtype)];
}

/// Whether gradients can flow through the dtype: f32, f64, bf16.
constexpr bool is_floating(DType dtype) { return dtype <= DType::bf16; }

/// What numbers of T are computed in: float for bfloat16, else T itself.
template <class T>
using compute_t = std::conditional_t<std::is_same_v<T, bfloat16>, float, T>;

/// The number as it is computed with.
template <class T>
compute_t<T> widen(T value) {
  return static_cast<compute_t<T>>(value);
}

/// The DType of compute_t: f32 for bf16, else the same.
constexpr DType compute_dtype(DType dtype) { return dtype == DType::bf16 ? DType::f32 : dtype; }

/// Calls visitor(T{}) with float or double; throws Error naming `op` for every other dtype.
template <class Visitor>
decltype(auto) visit_compute_dtype(const char* op, DType dtype, Visitor&& visitor) {
  check(dtype == DType::f32 || dtype == DType::f64, "{}: dtype {} does not compute; convert with to(DType::f32)", op,
        name_of(dtype));
  return dtype == DType::f64 ? visitor(double{}) : visitor(float{});
}

/// Calls visitor(T{}) with float, double or bfloat16; throws Error naming `op` for every other dtype.
template <class Visitor>
decltype(auto) visit_floating_dtype(const char* op, DType dtype, Visitor&& visitor) {
  if (dtype == DType::bf16) return visitor(bfloat16{});
  return visit_compute_dtype(op, dtype, visitor);
}

}  // namespace wisp
