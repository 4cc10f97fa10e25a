#include <apps/dcgan/report/run_record.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/run_folder.h>
#include <apps/dcgan/watch.h>
#include <wisp/io/input_file.h>

namespace wisp::apps {
namespace {

// The rows; a line without its end is left out and sets `cut`.
std::vector<LogRow> read_rows(const std::string& path, bool& cut) {
  std::ifstream stream(path);
  if (!stream) throw IoError(path, 0, "is missing: not the folder of a run of `dcgan train`");
  std::vector<LogRow> rows;
  std::string line;
  if (!std::getline(stream, line)) return rows;
  if (line != log_header()) throw IoError(path, 0, "has other columns than those that this version writes");
  std::uint64_t offset = line.size() + 1;
  for (int number = 2; std::getline(stream, line); ++number) {
    const std::optional<LogRow> row = log_row_from(line);
    cut = stream.eof();  // the last line has no end
    if (cut) break;
    if (!row) throw IoError(path, offset, fmt::format("line {} is no row of the log", number));
    rows.push_back(*row);
    offset += line.size() + 1;
  }
  return rows;
}

// 0 where there is no checkpoint that can be read: the page says why where it needs the networks.
std::int64_t checkpoint_step(const std::string& path) {
  try {
    return step_of(read_safetensors(path));
  } catch (const std::exception&) {
    return 0;
  }
}

std::string bytes_of(const std::string& path) {
  const InputFile file(path);
  std::string bytes(std::min<std::uint64_t>(file.size(), RunRecord::most_grid_bytes), '\0');
  bytes.resize(file.read_at(0, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

// The step at which the samples of that epoch were drawn: its last row's, unless training was stopped between two rows.
std::int64_t step_of_epoch(const RunRecord& run, std::int64_t epoch) {
  const auto after = std::upper_bound(run.rows.begin(), run.rows.end(), epoch,
                                      [](std::int64_t value, const LogRow& row) { return value < row.epoch; });
  const std::int64_t logged = after == run.rows.begin() ? 0 : std::prev(after)->step;
  return after == run.rows.end() && run.step - logged < log_every ? run.step : logged;
}

void read_grids(RunRecord& run) {
  const auto files = sample_files(run.folder);
  std::uintmax_t largest = 1;
  std::error_code gone;
  for (const auto& [epoch, path] : files) {
    const std::uintmax_t size = std::filesystem::file_size(path, gone);
    if (!gone) largest = std::max(largest, size);
  }
  const std::size_t fit = std::clamp<std::size_t>(RunRecord::most_grid_bytes / largest, 2, RunRecord::most_grids);
  run.grids_in_all = files.size();
  for (const std::size_t i : evenly_chosen(files.size(), fit)) {
    const auto& [epoch, path] = files[i];
    run.grids.push_back({epoch, step_of_epoch(run, epoch), bytes_of(path)});
  }
}

// The alarms of these rows, from the first on.
std::vector<Alarm> alarms_of(const std::vector<LogRow>& rows) {
  std::vector<Alarm> alarms;
  Watch watch;
  for (const LogRow& row : rows) {
    const std::string alarm = not_finite_alarm(row.step, row.result);
    if (!alarm.empty())
      alarms.push_back({row.step, alarm});
    else
      for (const std::string& text : watch.observe(row)) alarms.push_back({row.step, text});
  }
  return alarms;
}

}  // namespace

std::vector<std::size_t> evenly_chosen(std::size_t count, std::size_t most) {
  const std::size_t chosen = std::min(count, most);
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < chosen; ++i) numbers.push_back(i == 0 ? 0 : i * (count - 1) / (chosen - 1));
  return numbers;
}

RunRecord read_run(const std::string& folder) {
  RunRecord run{.folder = folder};
  run.rows = read_rows(folder + "/log.csv", run.cut);
  run.config = read_run_config(folder);
  run.step = std::max(checkpoint_step(run.checkpoint_path()), run.rows.empty() ? 0 : run.rows.back().step);
  read_grids(run);
  run.alarms = alarms_of(run.rows);
  return run;
}

}  // namespace wisp::apps
