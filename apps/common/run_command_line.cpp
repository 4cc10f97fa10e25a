#include <apps/common/run_command_line.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string>

#include <fmt/core.h>

#include <wisp/core/error.h>

namespace wisp::apps {

int run_command_line(CLI::App& app, int argc, char** argv, const int& exit_code) {
  std::string problem;
  try {
    app.parse(argc, argv);
    return exit_code;
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    problem = app.get_subcommands().empty() && argc > 1
                  ? fmt::format("{} is not a command or option of this program", argv[1])
                  : std::string(error.what());
    problem += "; see --help";
  } catch (const OutOfMemory& error) {
    problem = error.what();
  } catch (const std::bad_alloc&) {
    problem = "out of memory";
  } catch (const std::exception& error) {
    problem = error.what();
  }
  std::replace(problem.begin(), problem.end(), '\n', ' ');
  fmt::print(stderr, "{}: {}\n", app.get_name(), problem);
  return 2;
}

}  // namespace wisp::apps
