#include <apps/tconv/upsample.h>

namespace wisp::apps {

void add_upsample(CLI::App&) {}

}  // namespace wisp::apps
