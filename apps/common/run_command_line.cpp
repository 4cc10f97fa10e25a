#include <apps/common/run_command_line.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string>

#include <fmt/core.h>

namespace wisp::apps {

int run_command_line(CLI::App& app, int argc, char** argv, const int& exit_code) {
  std::string problem;
  try {
    app.parse(argc, argv);
    return exit_code;
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    problem = std::string(error.what()) + "; see --help";
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
