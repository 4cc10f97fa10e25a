// A run folder: checkpoint.safetensors, checkpoints/, config.json, log.csv, samples.png, samples/epoch_0001.png ...,
// lock; and report.html, which follows from these.
//
// It can be resumed from the moment it has a checkpoint, whatever happens: files are replaced as a whole, and log and
// samples are cut back to the checkpoint's step.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <apps/common/folder_lock.h>
#include <apps/common/output_folder.h>
#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/train_log.h>
#include <wisp/core/tensor.h>

namespace wisp::apps {

/// Where a run stands, and in which steps it leaves something behind.
struct RunProgress {
  std::int64_t step = 0;
  std::int64_t batches = 1;         ///< steps in an epoch
  std::int64_t sample_every = 1;    ///< epochs
  std::int64_t evaluate_every = 0;  ///< steps; 0: never
};

/// config.json of a run's folder; an empty object where it is missing. Throws IoError when it holds no JSON object.
nlohmann::json read_run_config(const std::string& run);

/// The files samples/epoch_NNNN.png of a run's folder with their epochs, in order.
std::vector<std::pair<std::int64_t, std::string>> sample_files(const std::string& run);

/// Makes the first of the folders `path`, `path`-2, `path`-3 and so on that is not there, and returns it: two programs
/// never get the same. Throws IoError.
std::string make_new_folder(const std::string& path);

/// Throws Error, saying what can be done, when the folder holds files of a run.
void check_holds_no_run(const std::string& path);

class RunFolder {
 public:
  /// Creates the folder if need be and locks it. Throws IoError when it cannot be written or another program has it.
  explicit RunFolder(const std::string& path);
  /// Leaves nothing behind where no run has begun: neither folders that are new nor files in one that held no run.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  /// Begins a run; files of an earlier one in the folder are replaced, the checkpoint first. Throws IoError.
  void begin(const Safetensors& checkpoint, const nlohmann::json& config);
  /// Goes on with a run: cuts log and samples back to `progress` and returns the rows that remain. Throws IoError.
  std::vector<LogRow> resume(const RunProgress& progress, const nlohmann::json& config);

  std::string checkpoint_path() const { return path_ + "/checkpoint.safetensors"; }

  /// Appends a row and hands it to the system. Throws IoError when the disk is full.
  void log(const LogRow& row);
  /// Writes samples/epoch_NNNN.png and samples.png, grids of so many columns. Throws IoError.
  void write_samples(std::int64_t epoch, const Tensor& images, int columns);
  /// Writes checkpoint.safetensors; with `keep` above 1 it is also checkpoints/step_NNNNNNNNN.safetensors, of which the
  /// last `keep` stay. Throws IoError.
  void write_checkpoint(const Safetensors& checkpoint, std::int64_t keep);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write_text(const std::string& name, const std::string& text) const;
  void open_log();
  [[noreturn]] void fail_log() const;

  std::string path_;
  OutputFolder folder_;
  bool held_run_;
  bool begun_ = false;
  FolderLock lock_;
  std::unique_ptr<std::FILE, Close> log_;
};

}  // namespace wisp::apps
