#include <wisp/data/batch_stream.h>

#include <system_error>

#include <wisp/core/parallel.h>

namespace wisp {

namespace {

void check_place(const DataLoader& loader, std::int64_t epoch, std::int64_t index) {
  check(epoch >= 0, "BatchStream: epoch is {}, expected at least 0", epoch);
  check(0 <= index && index < loader.size(), "BatchStream: batch {} of an epoch of {}", index, loader.size());
}

}  // namespace

BatchStream::BatchStream(DataLoader& loader, std::int64_t first_epoch, std::int64_t first_batch)
    : loader_(loader), epoch_(first_epoch), index_(first_batch) {
  check_place(loader, first_epoch, first_batch);
  prepare();
}

void BatchStream::seek(std::int64_t epoch, std::int64_t index) {
  check_place(loader_, epoch, index);
  if (prepared_.valid()) prepared_.wait();
  epoch_ = epoch;
  index_ = index;
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

CheckpointState checkpoint_state(const BatchStream& stream) {
  return {"BatchStream",
          {},
          {{"epoch", std::to_string(stream.epoch())},
           {"index", std::to_string(stream.index())},
           {"batches", std::to_string(stream.loader().size())},
           {"seed", std::to_string(stream.loader().options().seed)}}};
}

void load_checkpoint_state(BatchStream& stream, const CheckpointState& state) {
  const auto batches = checkpoint_value<std::int64_t>(state, "batches");
  const auto seed = checkpoint_value<std::uint64_t>(state, "seed");
  check(batches == stream.loader().size(), "an epoch had {} batches, it has {}", batches, stream.loader().size());
  check(seed == stream.loader().options().seed, "its order was that of seed {}, it is that of {}", seed,
        stream.loader().options().seed);
  stream.seek(checkpoint_value<std::int64_t>(state, "epoch"), checkpoint_value<std::int64_t>(state, "index"));
}

}  // namespace wisp
