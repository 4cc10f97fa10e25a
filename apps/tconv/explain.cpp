#include <apps/tconv/explain.h>

namespace wisp::apps {

void add_explain(CLI::App&) {}

}  // namespace wisp::apps
