// The rows of log.csv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <apps/dcgan/evaluate/figures.h>
#include <models/gan_step.h>

namespace wisp::apps {

/// Steps between two rows; the last step of an epoch and of training have one, too.
inline constexpr std::int64_t log_every = 10;

struct LogRow {
  std::int64_t step = 0;
  std::int64_t epoch = 0;
  std::int64_t images = 0;
  double seconds = 0;                   ///< since training began
  models::GanStepResult result = {};    ///< with its measures
  double images_per_second = 0;         ///< since the row before
  std::optional<Figures> figures = {};  ///< in the rows of an evaluation
};

/// The names of the columns, a line without its end.
std::string log_header();
/// The row as such a line; the columns of figures are empty where there are none.
std::string to_line(const LogRow& row);
/// The row of a line; nothing where it is not whole.
std::optional<LogRow> log_row_from(const std::string& line);

}  // namespace wisp::apps
