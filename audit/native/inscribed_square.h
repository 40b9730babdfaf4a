// How deep pixels are: the largest square of pixels that fits into them.
#pragma once

#include "runs.h"

namespace maskaudit {

// Measures one set of pixels after the other; keeps scratch memory, so one is needed for each thread.
class InscribedSquare {
 public:
  // The side of the largest square, pixels; 0 where there are none.
  std::int64_t measure(RunSpan runs);

 private:
  std::int64_t measure_columns(RunSpan runs);
  std::int64_t measure_bits(RunSpan runs);
  void draw_bits(RunSpan runs, std::int32_t top);
  bool meet(std::size_t step);

  // Candidates for the highest begin and the lowest end of a window of columns, the best at the front.
  std::vector<std::size_t> lowest_begins_, highest_ends_;
  std::size_t columns_ = 0, words_ = 0;     // of the bit board: a column is some words of 64 rows
  std::vector<std::uint64_t> bits_, next_;  // corners of squares
};

}  // namespace maskaudit
