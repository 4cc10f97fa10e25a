#include <wisp/data/batch_stream.h>

#include <wisp/core/parallel.h>

namespace wisp {

BatchStream::BatchStream(DataLoader& loader, std::int64_t first_epoch, std::int64_t first_batch)
    : loader_(loader), epoch_(first_epoch), index_(first_batch) {
  check(first_epoch >= 0, "BatchStream: epoch is {}, expected at least 0", first_epoch);
  check(0 <= first_batch && first_batch < loader.size(), "BatchStream: batch {} of an epoch of {}", first_batch,
        loader.size());
  prepare();
}

Batch BatchStream::next() {
  Batch batch = prepared_.get();
  if (++index_ == loader_.size()) {
    index_ = 0;
    ++epoch_;
  }
  prepare();
  return batch;
}

void BatchStream::prepare() {
  prepared_ = std::async(std::launch::async, [&loader = loader_, epoch = epoch_, index = index_] {
    set_num_threads(1);  // of this thread alone: the others are computing
    return loader.batch(epoch, index);
  });
}

}  // namespace wisp
