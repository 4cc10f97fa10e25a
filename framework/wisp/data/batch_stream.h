// BatchStream: the batches of a DataLoader one after another, the next prepared while the last is used.
#pragma once

#include <cstdint>
#include <future>

#include <wisp/data/data_loader.h>

namespace wisp {

/// All batches of epoch `first_epoch` from batch `first_batch` on, then those of the next, and so on for ever. The
/// loader must outlive the stream and not be asked for batches meanwhile. Not thread-safe.
class BatchStream {
 public:
  /// Begins to prepare the first batch. Throws Error when the epoch is negative or has no such batch.
  explicit BatchStream(DataLoader& loader, std::int64_t first_epoch = 0, std::int64_t first_batch = 0);

  /// The next batch. Throws what DataLoader::batch throws.
  Batch next();

 private:
  void prepare();

  DataLoader& loader_;
  std::int64_t epoch_;
  std::int64_t index_;
  std::future<Batch> prepared_;
};

}  // namespace wisp
