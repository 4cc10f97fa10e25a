// dcgan serve: a Service from a checkpoint until a signal ends it.
#pragma once

#include <cstdint>
#include <string>

namespace wisp::apps {

struct ServeOptions {
  std::string checkpoint;  ///< a checkpoint, or a generator's state dict that PyTorch wrote
  std::string host = "127.0.0.1";
  std::int64_t port = 8080;  ///< 0: a free one
  int threads = 1;           ///< of the generator
  bool raw = false;          ///< the generator as it was trained, not the averaged one
  bool bf16 = false;         ///< under Autocast
};

/// Prints the address and serves until SIGINT or SIGTERM; then answers the requests it has and returns. A second signal
/// ends the program at once. Throws Error when an option is out of range or the port is taken, IoError when the
/// checkpoint cannot be read.
void serve(const ServeOptions& options);

}  // namespace wisp::apps
