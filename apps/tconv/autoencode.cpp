#include <apps/tconv/autoencode.h>

namespace wisp::apps {

void add_autoencode(CLI::App&) {}

}  // namespace wisp::apps
