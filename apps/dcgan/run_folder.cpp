#include <apps/dcgan/run_folder.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apps/common/output_folder.h>
#include <wisp/core/error.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/input_file.h>
#include <wisp/io/json.h>
#include <wisp/io/png.h>

namespace wisp::apps {
namespace {

namespace fs = std::filesystem;

// Never fails: what a machine says of itself may be of any bytes.
std::string to_text(const nlohmann::json& config) {
  return config.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The files of a folder named prefix, number, suffix, by number.
std::vector<std::pair<std::int64_t, std::string>> numbered(const std::string& folder, const std::string& prefix,
                                                           const std::string& suffix) {
  std::vector<std::pair<std::int64_t, std::string>> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    std::int64_t number = 0;
    const char* const end = name.data() + name.size() - suffix.size();
    const auto result = std::from_chars(name.data() + prefix.size(), end, number);
    if (result.ec == std::errc{} && result.ptr == end) files.emplace_back(number, entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

auto checkpoints_in(const std::string& run) { return numbered(run + "/checkpoints", "step_", ".safetensors"); }

template <class Files, class Condition>
void remove_if(const Files& files, Condition condition) {
  std::error_code ignored;
  for (const auto& [number, path] : files)
    if (condition(number)) fs::remove(path, ignored);
}

// A file of a run that the folder holds, or "".
std::string file_of_a_run(const std::string& folder) {
  std::string found;
  std::error_code ignored;
  for (const auto& files : {sample_files(folder), checkpoints_in(folder)})
    if (!files.empty()) found = files.front().second;
  for (const char* name : {"report.html", "samples.png", "log.csv", "config.json", "checkpoint.safetensors"})
    if (fs::exists(fs::path(folder) / name, ignored)) found = folder + "/" + name;
  return found;
}

// A second name for the file, or a copy where the file system knows no such names.
void link_or_copy(const std::string& from, const std::string& to) {
  std::error_code problem;
  fs::remove(to, problem);
  fs::create_hard_link(from, to, problem);
  if (problem) fs::copy_file(from, to, fs::copy_options::overwrite_existing, problem);
  if (problem) throw IoError(to, 0, "cannot keep the checkpoint: " + problem.message());
}

}  // namespace

nlohmann::json read_run_config(const std::string& run) {
  const std::string path = run + "/config.json";
  if (std::error_code unknown; !fs::exists(path, unknown)) return nlohmann::json::object();
  const JsonLimits limits;
  try {
    nlohmann::json config = parse_json(read_file(path, limits.bytes), limits);
    if (!config.is_object()) throw IoError(path, 0, "is no JSON object");
    return config;
  } catch (const JsonError& error) {
    throw IoError(path, error.offset, error.what());
  }
}

std::vector<std::pair<std::int64_t, std::string>> sample_files(const std::string& run) {
  return numbered(run + "/samples", "epoch_", ".png");
}

std::string make_new_folder(const std::string& path) {
  constexpr int most = 1'000'000;
  const std::string parent = fs::path(path).parent_path().string();
  if (!parent.empty()) make_folder(parent);
  for (int number = 1; number <= most; ++number) {
    const std::string name = number == 1 ? path : fmt::format("{}-{}", path, number);
    if (::mkdir(name.c_str(), 0777) == 0) return name;
    if (errno != EEXIST) throw IoError(name, 0, fmt::format("the folder cannot be made: {}", std::strerror(errno)));
  }
  throw IoError(path, 0, fmt::format("this folder is there, and so are those with -2 to -{} behind it", most));
}

void check_holds_no_run(const std::string& path) {
  const std::string found = file_of_a_run(path);
  check(
      found.empty(),
      "train: {} is there already: --resume {} goes on with that run, --overwrite replaces it, another --out keeps it",
      found, path);
}

RunFolder::RunFolder(const std::string& path)
    : path_(path), folder_(path, {}), held_run_(!file_of_a_run(path).empty()), lock_(path) {}

RunFolder::~RunFolder() {
  if (held_run_ || begun_) return;
  std::error_code ignored;
  for (const char* name : {"config.json", "checkpoint.safetensors", "log.csv", "samples", "lock"})
    fs::remove(path_ + "/" + name, ignored);
}

void RunFolder::begin(const Safetensors& checkpoint, const nlohmann::json& config) {
  const auto all = [](std::int64_t) { return true; };
  const std::string text = to_text(config);
  AtomicFile config_file(path_ + "/config.json");  // on the disk before the checkpoint takes its place
  config_file.write(std::as_bytes(std::span(text)));
  write_checkpoint(checkpoint, 1);
  config_file.commit();
  for (const char* name : {"samples.png", "report.html"}) ::unlink((path_ + "/" + name).c_str());
  make_folder(path_ + "/samples");
  remove_if(sample_files(path_), all);
  remove_if(checkpoints_in(path_), all);
  write_text("log.csv", log_header() + "\n");
  open_log();
  begun_ = true;
}

std::vector<LogRow> RunFolder::resume(const RunProgress& progress, const nlohmann::json& config) {
  write_text("config.json", to_text(config));
  make_folder(path_ + "/samples");
  const std::int64_t epochs = progress.step / progress.batches;
  remove_if(sample_files(path_),
            [&](std::int64_t epoch) { return epoch > epochs || epoch % progress.sample_every != 0; });
  remove_if(checkpoints_in(path_), [&](std::int64_t step) { return step > progress.step; });
  std::ifstream stream(path_ + "/log.csv");
  std::vector<LogRow> rows;
  std::string text = log_header() + "\n";
  const auto is_multiple = [](std::int64_t step, std::int64_t of) { return of > 0 && step % of == 0; };
  for (std::string line; std::getline(stream, line);) {
    std::optional<LogRow> row = log_row_from(line);
    if (!row || row->step > progress.step) continue;
    const bool evaluated = is_multiple(row->step, progress.evaluate_every);
    if (!evaluated && !is_multiple(row->step, log_every) && !is_multiple(row->step, progress.batches)) continue;
    if (!evaluated) row->figures.reset();  // those of an end that is none any more
    rows.push_back(*row);
    text += to_line(*row) + "\n";
  }
  write_text("log.csv", text);
  open_log();
  return rows;
}

void RunFolder::write_text(const std::string& name, const std::string& text) const {
  write_file_atomically(path_ + "/" + name, std::as_bytes(std::span(text)));
}

void RunFolder::open_log() {
  log_.reset(std::fopen((path_ + "/log.csv").c_str(), "a"));
  if (!log_) fail_log();
}

void RunFolder::fail_log() const { throw IoError(path_ + "/log.csv", 0, std::strerror(errno)); }

void RunFolder::log(const LogRow& row) {
  if (std::fputs((to_line(row) + "\n").c_str(), log_.get()) < 0 || std::fflush(log_.get()) != 0) fail_log();
}

void RunFolder::write_samples(std::int64_t epoch, const Tensor& images, int columns) {
  save_image(images, fmt::format("{}/samples/epoch_{:04}.png", path_, epoch), {.nrow = columns});
  save_image(images, path_ + "/samples.png", {.nrow = columns});
}

void RunFolder::write_checkpoint(const Safetensors& checkpoint, std::int64_t keep) {
  write_safetensors(checkpoint_path(), checkpoint);
  if (keep == 1) return;
  make_folder(path_ + "/checkpoints");
  link_or_copy(checkpoint_path(), fmt::format("{}/checkpoints/step_{:09}.safetensors", path_, step_of(checkpoint)));
  auto kept = checkpoints_in(path_);
  kept.resize(kept.size() - std::min(kept.size(), static_cast<std::size_t>(keep)));
  remove_if(kept, [](std::int64_t) { return true; });
}

}  // namespace wisp::apps
