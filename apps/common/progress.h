// Progress of training on stderr: a bar that redraws itself on a terminal, a line an epoch elsewhere.
#pragma once

#include <cstdint>
#include <string>

namespace wisp::apps {

/// How far training has come.
struct ProgressState {
  std::int64_t epoch = 0;    ///< from 1
  std::int64_t batch = 0;    ///< in this epoch, from 1
  std::int64_t batches = 0;  ///< of an epoch
  double done = 0;           ///< of the whole training, from 0 to 1
  double seconds = 0;        ///< since the start
  double images_per_second = 0;
  std::string losses = {};  ///< as they are shown: "D 1.234  G 0.567"
  double begun = 0;         ///< what `done` was at the start: not 0 for training that is resumed
};

/// How wide the terminal is that stderr is.
struct TerminalSize {
  int columns;
  int pixels;
};

/// 80 columns where it does not say, and 8 pixels for each column.
TerminalSize terminal_size();

class Progress {
 public:
  explicit Progress(bool quiet);
  /// After each step; redraws at most ten times a second, and only on a terminal.
  void update(const ProgressState& state);
  /// At the end of an epoch, or of training: leaves a line that stays.
  void finish_epoch(const ProgressState& state);
  /// Wipes the bar, so that another line can be printed.
  void clear();

 private:
  bool quiet_;
  bool terminal_;
  double last_drawn_ = -1;
};

}  // namespace wisp::apps
