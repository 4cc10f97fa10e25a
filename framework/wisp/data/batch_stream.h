// BatchStream: the batches of a DataLoader one after another, the next prepared while the last is used.
#pragma once

#include <cstdint>
#include <future>

#include <wisp/core/checkpoint_state.h>
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

  /// Of the batch that comes next.
  std::int64_t epoch() const { return epoch_; }
  std::int64_t index() const { return index_; }
  /// Goes on with that batch. Throws Error as the constructor does; nothing has been changed then.
  void seek(std::int64_t epoch, std::int64_t index);
  const DataLoader& loader() const { return loader_; }

 private:
  void prepare();

  DataLoader& loader_;
  std::int64_t epoch_ = 0;
  std::int64_t index_ = 0;
  std::future<Batch> prepared_;
};

/// Its place, and the length and seed of its loader's epochs: a stream is a part of checkpoints.
CheckpointState checkpoint_state(const BatchStream& stream);
void load_checkpoint_state(BatchStream& stream, const CheckpointState& state);

}  // namespace wisp
