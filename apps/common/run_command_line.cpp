#include <apps/common/run_command_line.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <sstream>
#include <string>

#include <apps/common/decimal.h>
#include <apps/common/standard_streams.h>
#include <wisp/core/diagnostics.h>
#include <wisp/core/error.h>

namespace wisp::apps {

int run_command_line(CLI::App& app, int argc, char** argv, const int& exit_code) {
  occupy_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the limit is then an error of the write, as on a full disk
  std::string problem;
  try {
    try {
      read_decimal_numbers(app);
      app.parse(argc, argv);
    } catch (const CLI::Success& request) {  // --help, --version
      std::ostringstream text;
      app.exit(request, text);
      write_output(text.str());
    }
    finish_output();
    return exit_code;
  } catch (const CLI::ParseError& error) {
    problem = app.get_subcommands().empty() && argc > 1
                  ? fmt::format("{} is not a command or option of this program", argv[1])
                  : std::string(error.what());
    problem += "; see --help";
  } catch (const OutputError& error) {
    if (error.code().value() == EPIPE) end_by_broken_pipe();
    problem = error.what();
  } catch (const OutOfMemory& error) {
    problem = error.what();
  } catch (const std::bad_alloc&) {
    problem = "out of memory";
  } catch (const std::exception& error) {
    problem = error.what();
  }
  say("{}: {}", app.get_name(), problem);
  return 2;
}

}  // namespace wisp::apps
