#include <apps/dcgan/run_settings.h>

#include <cmath>

namespace wisp::apps {
namespace {

void check_settings(const RunSettings& s) {
  const auto check_count = [](const char* name, std::int64_t value) {
    check(1 <= value && value <= 1'000'000'000, "train: {} must be between 1 and 10^9, given {}", name, value);
  };
  check(!s.data.empty(), "train: --data must name a folder, given \"\"");
  check_count("--sample-every", s.sample_every);
  check_count("--keep", s.keep);
  if (s.evaluate_every != 0) check_count("--evaluate-every", s.evaluate_every);
  check(std::isfinite(s.until_fid) && s.until_fid >= 0, "train: --until-fid must be finite and at least 0, given {}",
        s.until_fid);
  check(s.until_fid == 0 || s.evaluate_every > 0,
        "train: --until-fid needs evaluations, --evaluate-every 0 forbids them");
}

}  // namespace

RunSettings default_settings() { return {.data = WISP_DEFAULT_DATA, .judge = WISP_DEFAULT_JUDGE}; }

RunSettings settings_from(const nlohmann::json& config, const std::string& path, const Metadata& given) {
  RunSettings settings = default_settings();
  visit_settings(settings, [&](const char* name, auto& value, auto) {
    if (const auto asked = given.find(name); asked != given.end())
      read_text(name, asked->second, value);
    else
      read_member(config, path, name, value);
  });
  check_settings(settings);
  return settings;
}

}  // namespace wisp::apps
