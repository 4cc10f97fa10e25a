#include <apps/dcgan/serve/batcher.h>

#include <algorithm>
#include <future>
#include <vector>

#include <apps/dcgan/serve/refusal.h>
#include <wisp/core/allocator.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {

// A request: `taken` of its images are in batches, and those drawn are in `images`.
struct Batcher::Job {
  Tensor noise;
  std::chrono::steady_clock::time_point deadline;
  std::int64_t taken = 0;
  Tensors images = {};
  std::promise<Tensor> promise = {};
  bool is_over = false;  // answered

  std::int64_t left() const { return noise.dim(0) - taken; }
};

struct Batcher::Piece {
  std::shared_ptr<Job> job;
  Tensor noise;
};

Batcher::Batcher(Draw draw, const BatcherOptions& options, std::function<void(std::int64_t)> on_batch)
    : draw_(std::move(draw)), options_(options), on_batch_(std::move(on_batch)), thread_([this] { run(); }) {}

Batcher::~Batcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  something_waits_.notify_one();
  thread_.join();
}

Tensor Batcher::operator()(const Tensor& noise) {
  const std::int64_t count = noise.dim(0);
  const auto job = std::make_shared<Job>(Job{noise, std::chrono::steady_clock::now() + options_.patience});
  std::future<Tensor> images = job->promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ + count > options_.most_waiting)
      throw Refusal(
          429, fmt::format("{} images wait already, at most {} may; come back later", waiting_, options_.most_waiting));
    jobs_.push_back(job);
    waiting_ += count;
  }
  something_waits_.notify_one();
  if (images.wait_until(job->deadline) == std::future_status::ready) return images.get();
  throw Refusal(503, fmt::format("no images within {} s; come back later",
                                 std::chrono::duration<double>(options_.patience).count()));
}

std::int64_t Batcher::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void Batcher::run() {
  for (;;) {
    const std::vector<Piece> batch = next_batch();
    if (batch.empty()) return;
    draw_batch(batch);
  }
}

// Waits for jobs and takes a few images of each in turn. Empty when the batcher stops.
std::vector<Batcher::Piece> Batcher::next_batch() {
  constexpr std::int64_t in_turn = 8;
  std::vector<Piece> batch;
  std::unique_lock lock(mutex_);
  while (batch.empty()) {
    something_waits_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return batch;
    const auto now = std::chrono::steady_clock::now();
    for (std::int64_t room = options_.batch; room > 0 && !jobs_.empty();) {
      const std::shared_ptr<Job> job = std::move(jobs_.front());
      jobs_.pop_front();
      if (job->is_over || now > job->deadline) {  // nobody waits for it
        waiting_ -= job->left();
        continue;
      }
      const std::int64_t count = std::min({in_turn, room, job->left()});
      batch.push_back({job, job->noise.narrow(0, job->taken, count)});
      job->taken += count;
      waiting_ -= count;
      room -= count;
      if (job->left() > 0) jobs_.push_back(job);
    }
  }
  return batch;
}

void Batcher::draw_batch(const std::vector<Piece>& batch) {
  try {
    Tensors noise;
    for (const Piece& piece : batch) noise.push_back(piece.noise);
    const Tensor all = cat(noise);
    on_batch_(all.dim(0));
    const Tensor images = draw_(all);
    std::int64_t at = 0;
    for (const Piece& piece : batch) {
      piece.job->images.push_back(images.narrow(0, at, piece.noise.dim(0)));
      at += piece.noise.dim(0);
    }
    for (const Piece& piece : batch)
      if (piece.job->left() == 0 && !piece.job->is_over) {
        piece.job->is_over = true;
        piece.job->promise.set_value(cat(piece.job->images));
      }
  } catch (const std::exception& error) {
    for (const Piece& piece : batch) {
      if (piece.job->is_over) continue;
      piece.job->is_over = true;
      piece.job->promise.set_exception(std::make_exception_ptr(Refusal(500, error.what())));
    }
  }
  // Blocks of many sizes, kept for reuse, add up where requests are of many sizes.
  constexpr std::size_t most_kept = std::size_t{256} << 20;
  const AllocatorStatistics memory = allocator_statistics();
  if (memory.bytes_held - memory.bytes_in_use > most_kept) release_cached_memory();
}

}  // namespace wisp::apps
