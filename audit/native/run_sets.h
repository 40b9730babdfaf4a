// Sets of pixels as runs: union, intersection, difference.
#pragma once

#include "runs.h"

#include <algorithm>

namespace maskaudit {

inline bool comes_before(const Run& first, const Run& second) {
  return first.x != second.x ? first.x < second.x : first.y0 < second.y0;
}

// Appends a run that begins at or below the last one's begin; joins the two where they overlap or touch.
inline void append_joined(RunList& runs, const Run& run) {
  if (!runs.empty() && runs.back().x == run.x && run.y0 <= runs.back().y1) {
    runs.back().y1 = std::max(runs.back().y1, run.y1);
  } else {
    runs.push_back(run);
  }
}

// Makes a mask of strips in any order; empty strips are dropped.
void unite_strips(RunList& strips);

// Returns the position of the first run in a column at or right of x.
std::size_t find_column(RunSpan runs, std::int32_t x);

// Calls visit(run) with every strip of pixels that two masks share, in order.
template <class Visit>
void visit_shared_strips(RunSpan a, RunSpan b, Visit&& visit) {
  if (a.empty() || b.empty()) return;
  const std::int32_t first = std::max(a.front().x, b.front().x), last = std::min(a.back().x, b.back().x);
  if (first > last) return;
  std::size_t i = find_column(a, first), j = find_column(b, first);
  while (i < a.size() && j < b.size()) {
    const Run &run_a = a[i], &run_b = b[j];
    if (run_a.x != run_b.x) {
      if (std::max(run_a.x, run_b.x) > last) return;
      run_a.x < run_b.x ? ++i : ++j;
      continue;
    }
    const std::int32_t top = std::max(run_a.y0, run_b.y0), bottom = std::min(run_a.y1, run_b.y1);
    if (top < bottom) visit(Run{run_a.x, top, bottom});
    // The run that ends first can meet nothing more.
    if (run_a.y1 <= run_b.y1) ++i;
    if (run_b.y1 <= run_a.y1) ++j;
  }
}

// What a has in common with b moved left by `shift` columns, where a lies.
void intersect(RunSpan a, RunSpan b, std::int32_t shift, RunList& common);
// What lies in a or in b moved right by `shift` columns.
void unite(RunSpan a, RunSpan b, std::int32_t shift, RunList& united);
// What lies in a and not in b.
void subtract(RunSpan a, RunSpan b, RunList& rest);

// Counts the pixels that two masks share.
std::int64_t count_shared_pixels(RunSpan a, RunSpan b);

}  // namespace maskaudit
