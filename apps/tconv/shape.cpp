#include <apps/tconv/shape.h>

namespace wisp::apps {

void add_shape(CLI::App&) {}

}  // namespace wisp::apps
