#include <apps/dcgan/report/report.h>

#include <filesystem>
#include <map>

#include <report_page_files.h>

#include <apps/common/outputs.h>
#include <apps/common/page.h>
#include <apps/dcgan/report/page_data.h>
#include <wisp/core/version.h>

namespace wisp::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_runs = 8;  // the page has as many colours

// The last part of the path, of "." and "runs/mine/" too.
std::string name_of(const std::string& folder) {
  const fs::path whole = fs::weakly_canonical(folder);
  return whole.filename().string();
}

std::string default_out(const std::vector<std::string>& runs) {
  const fs::path first(runs.front());
  if (runs.size() == 1) return (first / "report.html").string();
  const fs::path folder = first.has_filename() ? first : first.parent_path();  // without a slash at its end
  return (folder.parent_path() / "comparison.html").string();
}

// What a run's floor depends on.
std::string judge_and_data(const nlohmann::json& config) {
  std::string key;
  for (const char* name : {"judge_path", "judge", "judge_checksum", "data_path", "data", "data_checksum", "transpose"})
    key += config.value(name, nlohmann::json()).dump();
  return key;
}

}  // namespace

std::string report(const ReportOptions& options) {
  check(!options.runs.empty() && options.runs.size() <= most_runs, "report: 1 to {} runs can be shown, given {}",
        most_runs, options.runs.size());
  std::vector<NamedPath> runs;
  for (const std::string& folder : options.runs) runs.push_back({"the run", folder});
  check_outputs("report", {{"--out", options.out}}, runs);
  const bool compares = options.runs.size() > 1;
  nlohmann::json data{{"version", version()}, {"runs", nlohmann::json::array()}};
  std::map<std::string, nlohmann::json> floors;  // it takes a while to find one
  for (const std::string& folder : options.runs) {
    const RunRecord run = read_run(folder);
    nlohmann::json shown = run_data(run, compares ? folder : name_of(folder));
    nlohmann::json& floor = floors[judge_and_data(run.config)];
    if (floor.is_null()) floor = floor_data(run, options.floor);
    shown["floor"] = floor;
    data["runs"].push_back(std::move(shown));
    if (!compares) data["pictures"] = picture_data(run);
  }
  const std::string out = options.out.empty() ? default_out(options.runs) : options.out;
  const std::string style = std::string(embedded::dygraph_min_css) + std::string(embedded::report_css);
  const std::string script =
      std::string(embedded::dygraph_min_js) + std::string(embedded::charts_js) + std::string(embedded::report_js);
  write_page(out, {.title = compares ? fmt::format("{} runs compared", options.runs.size())
                                     : fmt::format("Run {}", name_of(options.runs.front())),
                   .body = embedded::report_html,
                   .style = style,
                   .script = script,
                   .data = std::move(data)});
  return out;
}

}  // namespace wisp::apps
