#include <apps/dcgan/run_folder.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/core.h>

#include <apps/common/output_folder.h>
#include <wisp/core/error.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/png.h>

namespace wisp::apps {
namespace {

namespace fs = std::filesystem;

void remove_old_samples(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("epoch_") && name.ends_with(".png")) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

RunFolder::RunFolder(const std::string& path, const nlohmann::json& config) : path_(path) {
  make_folder(path + "/samples");
  const std::string text = config.dump(2) + "\n";
  write_file_atomically(path + "/config.json", std::as_bytes(std::span(text)));
  remove_old_samples(fs::path(path) / "samples");
  log_.reset(std::fopen((path + "/log.csv").c_str(), "w"));
  if (!log_) fail_log();
  fmt::print(log_.get(), "step,epoch,images,seconds,d_loss_real,d_loss_fake,g_loss,d_real,d_fake,images_per_second\n");
  if (std::fflush(log_.get()) != 0) fail_log();
}

void RunFolder::fail_log() const { throw IoError(path_ + "/log.csv", 0, std::strerror(errno)); }

void RunFolder::log(const LogRow& row) {
  const GanStepResult& r = row.result;
  fmt::print(log_.get(), "{},{},{},{:.3f},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.1f}\n", row.step, row.epoch, row.images,
             row.seconds, r.d_loss_real, r.d_loss_fake, r.g_loss, r.d_real, r.d_fake, row.images_per_second);
  if (std::fflush(log_.get()) != 0) fail_log();
}

void RunFolder::write_samples(std::int64_t epoch, const Tensor& images) {
  save_image(images, fmt::format("{}/samples/epoch_{:04}.png", path_, epoch));
  save_image(images, samples_path());
}

}  // namespace wisp::apps
