#include "inscribed_square.h"

#include <algorithm>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::size_t;
using std::uint64_t;

constexpr size_t word_bits = 64;

bool has_forks(RunSpan runs) {
  for (size_t run = 1; run < runs.size(); ++run) {
    if (runs[run].x == runs[run - 1].x) return true;
  }
  return false;
}

}  // namespace

int64_t InscribedSquare::measure(RunSpan runs) {
  if (runs.empty()) return 0;
  return has_forks(runs) ? measure_bits(runs) : measure_columns(runs);
}

// Measures pixels with at most one run a column. A square of side s stands on s neighbouring columns whose
// highest begin and lowest end are at least s apart. A window of columns moves along: its right end by one
// column a step, its left end until the square fits. Queues keep the columns that may bound the window.
int64_t InscribedSquare::measure_columns(RunSpan runs) {
  int64_t side = 0;
  lowest_begins_.resize(runs.size());
  highest_ends_.resize(runs.size());
  size_t left = 0, begin_head = 0, begin_tail = 0, end_head = 0, end_tail = 0;
  for (size_t right = 0; right < runs.size(); ++right) {
    if (right > 0 && runs[right].x != runs[right - 1].x + 1) {  // a gap: no square reaches across
      left = right;
      begin_head = begin_tail = end_head = end_tail = 0;
    }
    while (begin_tail > begin_head && runs[lowest_begins_[begin_tail - 1]].y0 <= runs[right].y0) --begin_tail;
    lowest_begins_[begin_tail++] = right;
    while (end_tail > end_head && runs[highest_ends_[end_tail - 1]].y1 >= runs[right].y1) --end_tail;
    highest_ends_[end_tail++] = right;
    while (true) {
      const auto width = static_cast<int64_t>(right - left + 1);
      const int64_t height = runs[highest_ends_[end_head]].y1 - runs[lowest_begins_[begin_head]].y0;
      if (height >= width) {
        side = std::max(side, width);
        break;
      }
      ++left;  // one column always fits: a run has at least one row
      if (lowest_begins_[begin_head] < left) ++begin_head;
      if (highest_ends_[end_head] < left) ++end_head;
    }
  }
  return side;
}

void InscribedSquare::draw_bits(RunSpan runs, int32_t top) {
  bits_.assign(columns_ * words_, 0);
  for (const Run& run : runs) {
    uint64_t* const column = bits_.data() + static_cast<size_t>(run.x - runs.front().x) * words_;
    for (auto row = static_cast<size_t>(run.y0 - top); row < static_cast<size_t>(run.y1 - top);) {
      const size_t word = row / word_bits, first = row % word_bits;
      const size_t rows = std::min(word_bits - first, static_cast<size_t>(run.y1 - top) - row);
      const uint64_t ones = rows == word_bits ? ~uint64_t{0} : (uint64_t{1} << rows) - 1;
      column[word] |= ones << first;
      row += rows;
    }
  }
}

// A square of side s + t, t <= s, fits at a corner if squares of side s fit there, t columns further right, t rows
// further down, and both. Fills `next_` with the corners of the larger squares; says whether there are any.
bool InscribedSquare::meet(size_t step) {
  next_.assign(columns_ * words_, 0);
  const size_t word_step = step / word_bits, bit_step = step % word_bits;
  const auto rows_below = [&](const uint64_t* column, size_t word) {
    const size_t from = word + word_step;
    const uint64_t low = from < words_ ? column[from] : 0, high = from + 1 < words_ ? column[from + 1] : 0;
    return bit_step == 0 ? low : (low >> bit_step) | (high << (word_bits - bit_step));
  };
  bool any = false;
  for (size_t x = 0; x + step < columns_; ++x) {
    const uint64_t *column = bits_.data() + x * words_, *right = bits_.data() + (x + step) * words_;
    for (size_t word = 0; word < words_; ++word) {
      uint64_t corners = column[word] & right[word];
      if (corners == 0) continue;
      corners &= rows_below(column, word) & rows_below(right, word);
      next_[x * words_ + word] = corners;
      any |= corners != 0;
    }
  }
  return any;
}

// Measures any pixels: the side doubles while it can, then grows by halves of the last step.
int64_t InscribedSquare::measure_bits(RunSpan runs) {
  int32_t top = runs.front().y0, bottom = runs.front().y1;
  for (const Run& run : runs) {
    top = std::min(top, run.y0);
    bottom = std::max(bottom, run.y1);
  }
  columns_ = static_cast<size_t>(runs.back().x - runs.front().x + 1);
  words_ = (static_cast<size_t>(bottom - top) + word_bits - 1) / word_bits;
  draw_bits(runs, top);
  size_t side = 1;
  while (meet(side)) {
    bits_.swap(next_);
    side *= 2;
  }
  for (size_t step = side / 2; step >= 1; step /= 2) {
    if (meet(step)) {
      bits_.swap(next_);
      side += step;
    }
  }
  return static_cast<int64_t>(side);
}

}  // namespace maskaudit
