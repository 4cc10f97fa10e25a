// The frame of every program: parse, run, and turn each failure into one line on stderr and an exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// Parses the command line; the subcommands' callbacks do the work and may set `exit_code`. Returns the exit code: 2,
/// after one line "program: what is wrong" on stderr, for bad options, wisp::Error, wisp::IoError, lack of memory and
/// standard output that cannot be written. Where that is a pipe that nobody reads any more, SIGPIPE ends the program.
int run_command_line(CLI::App& app, int argc, char** argv, const int& exit_code);

}  // namespace wisp::apps
