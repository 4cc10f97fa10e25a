// Scene: grids of numbers and the steps of a computation on them, as a page plays them.
//
// A method computes with its own loops and tells the scene what it reads and writes. Of each grid only the first
// channels and pixels are shown, and only so many steps as a page can hold; finish() does the rest in one last step.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <apps/tconv/explain/problem.h>

namespace wisp::apps {

/// How much of a grid there is, or is shown.
struct Extent {
  std::int64_t channels = shown_channels;
  std::int64_t rows = shown_pixels;
  std::int64_t columns = shown_pixels;
};

/// A rectangle of cells, `row_step` and `column_step` apart, in one channel of a grid or, with every_channel, in all.
struct Cells {
  static constexpr std::int64_t every_channel = -1;
  int grid;
  std::int64_t channel;
  std::int64_t row = 0;
  std::int64_t column = 0;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t row_step = 1;
  std::int64_t column_step = 1;
};

/// A cell's new value.
struct Write {
  int grid;
  std::int64_t channel;
  std::int64_t row;
  std::int64_t column;
  double value;
};

class Scene {
 public:
  /// Adds a grid with its first values, NaN for an empty cell, of which so much is shown. `labels`: what to call each
  /// channel; "" for one alone.
  int add_grid(const std::string& title, const Image& initial, Extent limits = {},
               std::vector<std::string> labels = {});
  /// The same from the shown part and the size of the whole.
  int add_grid(const std::string& title, Extent size, Image shown, std::vector<std::string> labels = {});

  /// Whether the cell is shown.
  bool shows(int grid, std::int64_t channel, std::int64_t row, std::int64_t column) const;
  /// The value that a shown cell has now.
  double value(int grid, std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return now(grid).at(channel, row, column);
  }

  /// One step; nothing when it writes no shown cell. From the one on with which the page would become too large, steps
  /// are skipped.
  void step(std::string caption, const std::vector<Cells>& reads, const std::vector<Write>& writes);
  /// Skips a step that writes a shown cell.
  void skip() { ++skipped_; }

  struct Final {
    int grid;
    const Image& values;
  };
  /// Brings the grids to their final values in one more step when steps were skipped.
  void finish(const std::vector<Final>& grids);

  /// {grids: [{title, size, shown, labels, values}], steps: [[caption, reads, writes]], skipped: how many steps the
  /// last one stands for, 0 for none}. `size` and `shown` are channels, rows and columns; `values` is one value when
  /// all are the same. Reads are Cells as lists that end before their last ones, writes lists [grid, cell, value, cell,
  /// ...].
  nlohmann::json json() const;

 private:
  struct Grid {
    std::string title;
    Extent size;    // of all of it
    Image initial;  // the shown part
    Image now;
    std::vector<std::string> labels;
  };
  Image& now(int grid) { return grids_[static_cast<std::size_t>(grid)].now; }
  const Image& now(int grid) const { return grids_[static_cast<std::size_t>(grid)].now; }

  std::vector<Grid> grids_;
  nlohmann::json steps_ = nlohmann::json::array();
  std::size_t grid_bytes_ = 0;
  std::size_t step_bytes_ = 0;
  std::int64_t skipped_ = 0;
};

/// A number as the reader sees it (shown_number) in JSON: whole ones without a fraction, NaN as null.
nlohmann::json number(double value);

/// The terms of a sum of products as text: "1 x 2 + 3 x 0 = 2"; long ones are shortened.
class SumText {
 public:
  void add(double a, double b);
  std::string text() const;

 private:
  std::string terms_;
  int count_ = 0;
  double sum_ = 0;
};

}  // namespace wisp::apps
