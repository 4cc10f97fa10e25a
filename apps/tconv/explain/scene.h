// Scene: grids of numbers and the steps of a computation on them, as a page plays them.
//
// A method computes with its own loops and tells the scene what it reads and writes. Of each grid only the first
// channels and pixels are shown; what happens in the rest is told by finish() in one last step.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <apps/tconv/explain/problem.h>

namespace wisp::apps {

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
  /// How much of a grid is shown.
  struct Limits {
    std::int64_t channels = shown_channels;
    std::int64_t rows = shown_pixels;
    std::int64_t columns = shown_pixels;
  };

  /// Adds a grid with its first values, NaN for an empty cell. `labels`: what to call each channel; "" for one alone.
  int add_grid(const std::string& title, const Image& initial, Limits limits, std::vector<std::string> labels = {});
  int add_grid(const std::string& title, const Image& initial) { return add_grid(title, initial, Limits{}); }

  /// Whether the cell is shown.
  bool shows(int grid, std::int64_t channel, std::int64_t row, std::int64_t column) const;
  /// The value that a shown cell has now.
  double value(int grid, std::int64_t channel, std::int64_t row, std::int64_t column) const;

  /// One step. It is dropped when it writes no shown cell, and beyond the 1,500th.
  void step(std::string caption, const std::vector<Cells>& reads, const std::vector<Write>& writes);
  /// Brings a grid to its final values: one more step, when what was dropped leaves a difference.
  void finish(int grid, const Image& values);

  /// {grids: [{title, size, shown, labels, values}], steps: [{caption, reads, writes}]}, with channels, rows and
  /// columns in `size` and `shown`; reads are Cells as lists, writes lists [grid, cell, value, cell, value, ...].
  nlohmann::json json() const;

 private:
  struct Grid {
    std::string title;
    Image initial;  // all of it
    Image now;      // the shown part
    std::vector<std::string> labels;
  };
  std::vector<Grid> grids_;
  nlohmann::json steps_ = nlohmann::json::array();
};

/// A number as JSON: whole ones without a fraction, NaN as null.
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
