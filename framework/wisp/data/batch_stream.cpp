#include <wisp/data/batch_stream.h>

#include <system_error>

#include <wisp/core/parallel.h>

namespace wisp {

BatchStream::BatchStream(DataLoader& loader, std::int64_t first_epoch, std::int64_t first_batch) : loader_(loader) {
  seek(first_epoch, first_batch);
}

void BatchStream::seek(std::int64_t epoch, std::int64_t index) {
  check(epoch >= 0, "BatchStream: epoch is {}, expected at least 0", epoch);
  check(0 <= index && index < loader_.size(), "BatchStream: batch {} of an epoch of {}", index, loader_.size());
  if (prepared_.valid()) prepared_.wait();
  epoch_ = epoch;
  index_ = index;
  prepare();
}

Batch BatchStream::next() {
  if (!prepared_.valid()) prepare();  // the last call could not
  Batch batch = prepared_.get();
  if (++index_ == loader_.size()) {
    index_ = 0;
    ++epoch_;
  }
  try {
    prepare();
  } catch (const std::system_error&) {  // there is no thread for it: the next call tries again
  }
  return batch;
}

void BatchStream::prepare() {
  prepared_ = std::async(std::launch::async, [&loader = loader_, epoch = epoch_, index = index_] {
    const ThreadLimit one(1);  // the training step needs the others
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
  const auto batches = read_metadata<std::int64_t>(state.values, "batches");
  const auto seed = read_metadata<std::uint64_t>(state.values, "seed");
  check(batches == stream.loader().size(), "an epoch had {} batches, it has {}", batches, stream.loader().size());
  check(seed == stream.loader().options().seed, "its order was that of seed {}, it is that of {}", seed,
        stream.loader().options().seed);
  stream.seek(read_metadata<std::int64_t>(state.values, "epoch"), read_metadata<std::int64_t>(state.values, "index"));
}

}  // namespace wisp
