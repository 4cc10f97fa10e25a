// Batcher: one thread that draws for all: images that wait are drawn together, whoever asked for them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include <wisp/core/tensor.h>

namespace wisp::apps {

struct BatcherOptions {
  std::int64_t batch = 64;                     ///< images drawn together at most
  std::int64_t most_waiting = 4096;            ///< images
  std::chrono::milliseconds patience{10'000};  ///< from a request to its images
};

class Batcher {
 public:
  /// Images of noise (N, latent, 1, 1): u8 (N, C, H, W). Runs on the batcher's thread, and there alone.
  using Draw = std::function<Tensor(const Tensor& noise)>;

  /// `on_batch` is told the number of images before each call of `draw`.
  Batcher(Draw draw, const BatcherOptions& options, std::function<void(std::int64_t images)> on_batch);
  /// Draws what still waits.
  ~Batcher();

  /// Waits for the images of that noise. Throws Refusal: 429 when too many images wait already, 503 when they are not
  /// there in time, 500 when drawing fails. Who asks for many does not keep others waiting: each gets a few images of a
  /// batch in turn.
  Tensor operator()(const Tensor& noise);

  /// Images that wait to be drawn.
  std::int64_t waiting() const;

 private:
  struct Job;
  struct Piece;

  void run();
  std::vector<Piece> next_batch();
  void draw_batch(const std::vector<Piece>& batch);

  const Draw draw_;
  const BatcherOptions options_;
  const std::function<void(std::int64_t)> on_batch_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable something_waits_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::int64_t waiting_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wisp::apps
