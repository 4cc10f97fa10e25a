// dcgan report: a run, or several beside each other, on a page in one file.
#pragma once

#include <string>
#include <vector>

#include <apps/dcgan/evaluate/reference.h>

namespace wisp::apps {

struct ReportOptions {
  std::vector<std::string> runs;  ///< their folders: one, or up to 8 to compare
  std::string out = {};           ///< the page; "": report.html in the folder, or comparison.html beside the first
  /// The judge's floor, when it is not in the cache: computed, or left out and the page says so.
  CacheMiss floor = CacheMiss::compute;
};

/// Writes the page and returns its path. Only reads the folders, which may be those of runs that go on. What the page
/// cannot show because a checkpoint, the data or the judge are missing it says instead. Throws Error for no or too many
/// runs, IoError for a folder without a log, a log or config.json that is damaged, and a page that cannot be written.
std::string report(const ReportOptions& options);

}  // namespace wisp::apps
