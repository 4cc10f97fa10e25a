#include <apps/dcgan/serve/serve.h>

#include <csignal>
#include <ctime>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>

#include <apps/common/standard_streams.h>
#include <apps/dcgan/serve/service.h>

namespace wisp::apps {
namespace {

// glibc gives every thread a heap of its own, which none of the others can use.
void share_heaps() {
#ifdef __GLIBC__
  ::mallopt(M_ARENA_MAX, 2);
#endif
}

// SIGINT and SIGTERM wait, on this thread and those it starts from now on, until somebody asks for them.
class HeldSignals {
 public:
  HeldSignals() {
    ::sigemptyset(&set_);
    for (const int number : {SIGINT, SIGTERM}) {
      ::sigaddset(&set_, number);
      std::signal(number, SIG_DFL);  // an ignored one would never come
    }
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  ~HeldSignals() { ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// Whether one came within a second.
  bool wait() const {
    const timespec second{.tv_sec = 1, .tv_nsec = 0};
    return ::sigtimedwait(&set_, nullptr, &second) > 0;
  }

 private:
  sigset_t set_;
};

}  // namespace

void serve(const ServeOptions& options) {
  check(!options.checkpoint.empty(), "serve: --checkpoint must name a file, given \"\"");
  check(0 <= options.port && options.port <= 65535, "serve: --port must be between 0 and 65535, given {}",
        options.port);
  check(options.threads >= 1, "serve: --threads must be at least 1, given {}", options.threads);
  share_heaps();
  std::unique_ptr<Service> service;
  {
    const HeldSignals signals;
    service = std::make_unique<Service>(load_generator(options.checkpoint, options.raw),
                                        ServiceOptions{.threads = options.threads, .bf16 = options.bf16});
    const int port = service->start(options.host, static_cast<int>(options.port));
    print_output("http://{}:{}/ (Ctrl-C ends)\n",
                 options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]", port);
    flush_output();
    while (!signals.wait()) check(service->is_running(), "serve: no more connections can be accepted");
  }
  service->stop();
}

}  // namespace wisp::apps
