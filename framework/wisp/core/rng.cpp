#include <wisp/core/rng.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include <wisp/core/checkpoint_state.h>
#include <wisp/core/error.h>
#include <wisp/core/parallel.h>

namespace wisp {
namespace {

// Two independent 64-bit words.
std::array<std::uint64_t, 2> block(std::uint64_t seed, std::uint64_t position) {
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
  const auto words = philox4x32({low(position), high(position), 0, 0}, {low(seed), high(seed)});
  return {(std::uint64_t{words[0]} << 32) | words[1], (std::uint64_t{words[2]} << 32) | words[3]};
}

double to_unit(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }  // in [0, 1)

// Fills out[2 i], out[2 i + 1] from block i with pair(words).
template <class T, class Pair>
void fill(std::span<T> out, std::uint64_t seed, std::uint64_t& position, Pair pair) {
  const auto count = static_cast<std::int64_t>(out.size());
  const std::int64_t blocks = (count + 1) / 2;
  parallel_for(blocks, 2048, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::pair<double, double> values = pair(block(seed, position + static_cast<std::uint64_t>(i)));
      out[static_cast<std::size_t>(2 * i)] = static_cast<T>(values.first);
      if (2 * i + 1 < count) out[static_cast<std::size_t>(2 * i + 1)] = static_cast<T>(values.second);
    }
  });
  position += static_cast<std::uint64_t>(blocks);
}

template <class T>
void fill_uniform(std::span<T> out, std::uint64_t seed, std::uint64_t& position, double low, double high) {
  check(low <= high, "Rng::uniform: low {} is above high {}", low, high);
  // Rounding to T must not reach `high`.
  const double last = std::nextafter(static_cast<T>(high), static_cast<T>(low));
  fill(out, seed, position, [=](const std::array<std::uint64_t, 2>& words) {
    return std::pair{std::min(low + (high - low) * to_unit(words[0]), last),
                     std::min(low + (high - low) * to_unit(words[1]), last)};
  });
}

template <class T>
void fill_normal(std::span<T> out, std::uint64_t seed, std::uint64_t& position, double mean, double deviation) {
  fill(out, seed, position, [=](const std::array<std::uint64_t, 2>& words) {
    const double radius = deviation * std::sqrt(-2.0 * std::log1p(-to_unit(words[0])));
    const double angle = 2.0 * std::numbers::pi * to_unit(words[1]);
    return std::pair{mean + radius * std::cos(angle), mean + radius * std::sin(angle)};
  });
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

void Rng::uniform(std::span<float> out, double low, double high) { fill_uniform(out, seed_, position_, low, high); }
void Rng::uniform(std::span<double> out, double low, double high) { fill_uniform(out, seed_, position_, low, high); }
void Rng::normal(std::span<float> out, double mean, double deviation) {
  fill_normal(out, seed_, position_, mean, deviation);
}
void Rng::normal(std::span<double> out, double mean, double deviation) {
  fill_normal(out, seed_, position_, mean, deviation);
}

std::uint64_t Rng::integer(std::uint64_t bound) {
  check(bound >= 1, "Rng::integer: bound must be at least 1, 0 given");
  // Words above the largest multiple of `bound` would favour small results: draw again.
  const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  for (;;) {
    const std::uint64_t word = block(seed_, position_++)[0];
    if (word < limit) return word % bound;
  }
}

std::vector<std::int64_t> Rng::permutation(std::int64_t count) {
  check(0 <= count && count <= std::int64_t{1} << 40, "Rng::permutation: count must be between 0 and 2^40, {} given",
        count);
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[integer(i)]);
  return order;
}

CheckpointState checkpoint_state(const Rng& rng) {
  return {"Rng", {}, {{"seed", std::to_string(rng.seed())}, {"position", std::to_string(rng.position())}}};
}

void load_checkpoint_state(Rng& rng, const CheckpointState& state) {
  Rng result(read_metadata<std::uint64_t>(state.values, "seed"));
  result.set_position(read_metadata<std::uint64_t>(state.values, "position"));
  rng = result;
}

}  // namespace wisp
