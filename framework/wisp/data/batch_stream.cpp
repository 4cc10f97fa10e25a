#include <wisp/data/batch_stream.h>

#include <system_error>

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
  if (!prepared_.valid()) prepare();  // it failed the last time
  Batch batch = prepared_.get();
  if (++index_ == loader_.size()) {
    index_ = 0;
    ++epoch_;
  }
  try {
    prepare();
  } catch (const std::system_error&) {  // no thread to be had: the next call tries again
  }
  return batch;
}

void BatchStream::prepare() {
  prepared_ = std::async(std::launch::async, [&loader = loader_, epoch = epoch_, index = index_] {
    const ThreadLimit one(1);  // the others are computing
    return loader.batch(epoch, index);
  });
}

}  // namespace wisp
