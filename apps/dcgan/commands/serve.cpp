#include <algorithm>
#include <memory>

#include <apps/common/compute_options.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/serve/serve.h>
#include <wisp/core/parallel.h>

namespace wisp::apps {

void add_serve(CLI::App& app) {
  const auto options = std::make_shared<ServeOptions>();
  const auto compute = std::make_shared<ComputeOptions>();
  ServeOptions& o = *options;
  CLI::App* command = app.add_subcommand("serve", "Draw images for a web page and other programs, over HTTP");
  add_generator(*command, o.checkpoint, o.raw);
  command->add_option("--port", o.port, "Port; 0: a free one")->capture_default_str();
  command->add_option("--host", o.host, "Address to listen at; 0.0.0.0: every one of this machine")
      ->capture_default_str();
  o.threads = std::max(1, num_threads() / 2);  // the others read requests and write answers
  command->add_option("--threads", o.threads, "Threads of the generator")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  add_compute_options(*command, *compute);
  command->callback([options, compute] {
    options->bf16 = apply_compute_options(*compute);
    serve(*options);
  });
}

}  // namespace wisp::apps
