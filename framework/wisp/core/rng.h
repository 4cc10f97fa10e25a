// Rng: random numbers from a counter, Philox 4x32-10.
//
// Number i of a stream depends on the seed and i alone, so it does not matter how many threads draw.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace wisp {

/// The Philox 4x32-10 block function: four random words from a counter and a key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// A stream of random numbers. Copying it copies the position. Each draw of n numbers moves on by ceil(n / 2) blocks.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : seed_(seed) {}

  /// Fills with uniform numbers in [low, high). Throws Error when low is above high.
  void uniform(std::span<float> out, double low = 0.0, double high = 1.0);
  void uniform(std::span<double> out, double low = 0.0, double high = 1.0);

  /// Fills with normal numbers (Box-Muller).
  void normal(std::span<float> out, double mean = 0.0, double standard_deviation = 1.0);
  void normal(std::span<double> out, double mean = 0.0, double standard_deviation = 1.0);

  /// A uniform integer in [0, bound); bound >= 1, else throws Error.
  std::uint64_t integer(std::uint64_t bound);

  /// A uniformly random order of 0, ..., count - 1 (Fisher-Yates). Throws Error when count is negative or above 2^40.
  std::vector<std::int64_t> permutation(std::int64_t count);

  std::uint64_t seed() const { return seed_; }
  /// Number of blocks drawn so far: with the seed, the whole state.
  std::uint64_t position() const { return position_; }
  void set_position(std::uint64_t position) { position_ = position; }

 private:
  std::uint64_t seed_;
  std::uint64_t position_ = 0;
};

struct CheckpointState;

/// Seed and position: an Rng is a part of checkpoints.
CheckpointState checkpoint_state(const Rng& rng);
void load_checkpoint_state(Rng& rng, const CheckpointState& state);

}  // namespace wisp
