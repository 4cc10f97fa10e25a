#include <apps/dcgan/report/page_data.h>

#include <algorithm>

#include <apps/common/images.h>
#include <apps/common/json_text.h>
#include <apps/common/page.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/evaluate/figures.h>
#include <apps/dcgan/network_file.h>
#include <apps/dcgan/report/neighbours.h>
#include <apps/dcgan/report/repeat.h>
#include <apps/dcgan/run_paths.h>
#include <wisp/core/text.h>
#include <wisp/io/json.h>
#include <wisp/io/png.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t shown = 64, compared = 16;
constexpr std::uint64_t seed = 1;  // that of `dcgan sample`

std::string text_of(const nlohmann::json& config, const char* name) {
  return from_json_text(member_or(config, name, std::string()));
}

bool is_transposed(const nlohmann::json& config) { return member_or(config, "transpose", false); }

// What `compute` returns, or why it could not: without the paths of this machine, which a page that is passed on has no
// business with.
template <class Compute>
nlohmann::json or_why_not(const RunRecord& run, Compute compute) {
  try {
    return compute();
  } catch (const std::exception& error) {
    std::string why = error.what();
    for (const auto& [name, text] :
         {std::pair{"judge", "the judge's file"}, std::pair{"data", "the folder of the data"}})
      for (const std::string& path : {path_of(run.config, name), text_of(run.config, name)})
        if (path.find('/') != std::string::npos) why = replace_all(why, path, text);
    return {{"missing", printable(replace_all(why, run.folder + "/", ""))}};
  }
}

nlohmann::json to_json(const Spread& spread) { return {{"mean", spread.mean}, {"sd", spread.sd}}; }

std::string address(const Tensor& images, int columns) {
  return png_address(encode_png(make_grid(images, {.nrow = columns})));
}

ImageDataset training_images(const RunRecord& run, std::int64_t image_size) {
  ImageDataset dataset = load_images(path_of(run.config, "data"), Split::train, image_size, is_transposed(run.config));
  check(is_same_data(checksum(dataset), text_of(run.config, "data_checksum")),
        "the images in the folder of the data are not those of the run any more");
  return dataset;
}

nlohmann::json with_training_images(const Tensor& generated, const RunRecord& run) {
  const TrainingNeighbours found = find_neighbours(generated.narrow(0, 0, std::min(compared, generated.dim(0))),
                                                   training_images(run, generated.dim(2)), shown);
  nlohmann::json pairs = nlohmann::json::array();
  for (std::int64_t i = 0; i < found.nearest.dim(0); ++i)
    pairs.push_back({{"generated", address(generated.narrow(0, i, 1), 1)},
                     {"nearest", address(found.nearest.narrow(0, i, 1), 1)},
                     {"distance", found.distances[static_cast<std::size_t>(i)]}});
  return {{"real", address(found.real, 8)}, {"pairs", pairs}, {"usual", found.usual}};
}

}  // namespace

nlohmann::json run_data(const RunRecord& run, const std::string& name) {
  std::string log = log_header() + "\n";
  for (const LogRow& row : run.rows) log += to_line(row) + "\n";
  nlohmann::json grids = nlohmann::json::array(), alarms = nlohmann::json::array();
  for (const SampleGrid& grid : run.grids)
    grids.push_back(
        {{"epoch", grid.epoch}, {"step", grid.step}, {"png", png_address(std::as_bytes(std::span(grid.png)))}});
  for (const Alarm& alarm : run.alarms) alarms.push_back({{"step", alarm.step}, {"text", alarm.text}});
  nlohmann::json config = run.config;
  const std::string command = config.empty() ? "" : command_to_repeat(config, "runs/again");
  for (const char* place : {"data", "data_path", "judge", "judge_path", "out", "quiet"}) config.erase(place);
  for (nlohmann::json& value : config)
    if (value.is_structured()) value = value.dump();  // the table has one line of text for each
  return {{"name", printable(name)}, {"log", log},       {"cut", run.cut},
          {"step", run.step},        {"grids", grids},   {"gridsInAll", run.grids_in_all},
          {"alarms", alarms},        {"config", config}, {"command", command}};
}

nlohmann::json floor_data(const RunRecord& run, CacheMiss miss) {
  const auto is_judged = [](const LogRow& row) { return row.figures.has_value(); };
  if (std::none_of(run.rows.begin(), run.rows.end(), is_judged)) return nullptr;
  return or_why_not(run, [&]() -> nlohmann::json {
    LoadedJudge judge = load_judge(path_of(run.config, "judge"));
    check(knows(judge, text_of(run.config, "data_checksum")), "the judge knows other images than the run's");
    const Reference reference =
        load_reference(judge, path_of(run.config, "data"), ReferenceSplit::test, miss, is_transposed(run.config));
    const Floor floor = floor_of(reference, judged_count);
    return {{"fid", to_json(floor.fid)}, {"digit_kl", to_json(floor.digit_kl)}, {"classes", judge.classes}};
  });
}

nlohmann::json picture_data(const RunRecord& run) {
  return or_why_not(run, [&]() -> nlohmann::json {
    LoadedNetwork generator = load_generator(run.checkpoint_path());
    const Tensor images = draw(generator.network, generator.options, shown, seed);
    return {{"generated", address(images, 8)},
            {"training", or_why_not(run, [&] { return with_training_images(images, run); })}};
  });
}

}  // namespace wisp::apps
