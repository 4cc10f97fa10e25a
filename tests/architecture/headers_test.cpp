// What a program that uses Wisp includes: public headers need nothing before them and no library that is linked
// privately, and wisp.h has those that users call. Reads the #include lines.
//
// Public is every header of framework/wisp and models but those of the folders of kernels and the three below.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// Each is of one or two source files that are linked with a library privately.
const std::set<std::string> private_headers = {"wisp/io/json.h", "wisp/exchange/onnx_graph.h",
                                               "wisp/exchange/onnx_ops.h"};

// Not the standard library's, and there for who links with Wisp: fmt and OpenMP are linked publicly.
const std::regex always_there("fmt/\\w+\\.h|omp\\.h|unistd\\.h");

const fs::path root = WISP_SOURCE_DIR;

std::vector<std::string> includes_of(const fs::path& file) {
  const std::regex include("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
  std::vector<std::string> result;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (std::regex_search(line, match, include)) result.push_back(match[1]);
  }
  return result;
}

// Where the header lies that is included by that name.
fs::path place_of(const std::string& header) {
  return (header.starts_with("wisp/") ? root / "framework" : root) / header;
}

bool is_public(const std::string& header) {
  static const std::regex shape("wisp/\\w+\\.h|wisp/\\w+/\\w+\\.h|models/\\w+\\.h");
  return std::regex_match(header, shape) && !private_headers.contains(header);
}

std::vector<std::string> public_headers() {
  std::vector<std::string> result;
  for (const fs::path& include_root : {root / "framework", root})
    for (const auto& entry :
         fs::recursive_directory_iterator(include_root / (include_root == root ? "models" : "wisp")))
      if (const std::string header = fs::relative(entry.path(), include_root).string(); is_public(header))
        result.push_back(header);
  return result;
}

TEST(Headers, StandFirstInTheirSourceFiles) {  // and are compiled with nothing before them; the others in headers_alone
  EXPECT_GT(public_headers().size(), 100) << "the headers were not found";
  for (const std::string& header : public_headers()) {
    const fs::path source = place_of(header).replace_extension(".cpp");
    if (!fs::exists(source)) continue;
    const std::vector<std::string> included = includes_of(source);
    ASSERT_FALSE(included.empty()) << source;
    EXPECT_EQ(included.front(), header) << "must be the first that " << source << " includes";
  }
}

TEST(Headers, IncludeNoPrivateDependency) {
  const std::regex standard("\\w+");
  for (const std::string& header : public_headers())
    for (const std::string& included : includes_of(place_of(header)))
      EXPECT_TRUE(is_public(included) || std::regex_match(included, standard) ||
                  std::regex_match(included, always_there))
          << header << " must not include " << included;
}

TEST(Headers, WispHeaderIncludesWhatUsersCall) {
  const std::vector<std::string> list = includes_of(root / "framework/wisp/wisp.h");
  const std::set<std::string> included(list.begin(), list.end());
  // How ops and layers are written, what others of these headers bring along, and what Wisp's own files share.
  const std::map<std::string, std::set<std::string>> left_out = {
      {"autograd", {"node", "recorder"}},
      {"core", {"distinct", "dtype", "max_or_nan", "nd_loop", "read_guard", "scoped_value", "shape", "text"}},
      {"data", {"class_folders", "folder", "picture_files", "resize", "square_picture"}},
      {"exchange", {"onnx_export"}},
      {"io",
       {"atomic_file", "byte_reader", "cache", "exif", "file_descriptor", "foreign_format", "gzip", "input_file",
        "long_jump", "picture", "picture_name", "png_chunks", "safetensors_format", "safetensors_header"}},
      {"metrics", {"features", "pairs"}},
      {"nn", {"call_observer"}},
      {"ops", {"arguments", "choose", "elementwise"}},
      {"optim", {"optimizer"}}};
  for (const auto& [folder, names] : left_out)
    for (const std::string& name : names)
      EXPECT_FALSE(included.contains("wisp/" + folder + "/" + name + ".h")) << folder << "/" << name;
  for (const std::string& header : public_headers()) {
    const fs::path path = header;
    const std::string folder = path.parent_path().filename().string(), name = path.stem().string();
    if (!left_out.contains(folder) || left_out.at(folder).contains(name)) continue;
    EXPECT_TRUE(included.contains(header)) << header << " is missing in wisp.h";
  }
}

}  // namespace
