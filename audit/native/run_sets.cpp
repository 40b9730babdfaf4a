#include "run_sets.h"

namespace maskaudit {

void unite_strips(RunList& strips) {
  std::sort(strips.begin(), strips.end(), comes_before);
  RunList united;
  united.reserve(strips.size());
  for (const Run& strip : strips) {
    if (strip.y0 < strip.y1) append_joined(united, strip);
  }
  strips.swap(united);
}

std::size_t find_column(RunSpan runs, std::int32_t x) {
  if (runs.empty() || x <= runs.front().x) return 0;
  // Most masks have one run in every column: counting columns finds it.
  const std::size_t guess = static_cast<std::size_t>(x - runs.front().x);
  if (guess < runs.size() && runs[guess].x == x && runs[guess - 1].x < x) return guess;
  const Run* found =
      std::lower_bound(runs.begin(), runs.end(), x, [](const Run& run, std::int32_t column) { return run.x < column; });
  return static_cast<std::size_t>(found - runs.begin());
}

std::int64_t count_shared_pixels(RunSpan a, RunSpan b) {
  std::int64_t pixels = 0;
  visit_shared_strips(a, b, [&](const Run& shared) { pixels += shared.y1 - shared.y0; });
  return pixels;
}

}  // namespace maskaudit

using maskaudit::RunColumns;
using maskaudit::RunList;
using maskaudit::RunTable;

// Columns: mask, x, y0, y1. Strips may lie in any order, overlap, or be empty.
MASKAUDIT_API maskaudit::Table* maskaudit_unite_strips(
    const int32_t* mask, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_strips, int64_t n_masks) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    // Counting brings the strips of a mask together, in their order.
    std::vector<int64_t> start(static_cast<std::size_t>(n_masks) + 1);
    for (int64_t strip = 0; strip < n_strips; ++strip) ++start[static_cast<std::size_t>(mask[strip]) + 1];
    for (std::size_t at = 1; at < start.size(); ++at) start[at] += start[at - 1];
    RunList sorted(static_cast<std::size_t>(n_strips));
    std::vector<int64_t> next(start.begin(), start.end() - 1);
    for (int64_t strip = 0; strip < n_strips; ++strip) {
      const auto place = next[static_cast<std::size_t>(mask[strip])]++;
      sorted[static_cast<std::size_t>(place)] = {x[strip], y0[strip], y1[strip]};
    }
    std::vector<RunTable> united(1);
    RunList runs;
    for (int64_t at = 0; at < n_masks; ++at) {
      const auto begin = sorted.begin() + start[static_cast<std::size_t>(at)];
      runs.assign(begin, sorted.begin() + start[static_cast<std::size_t>(at) + 1]);
      maskaudit::unite_strips(runs);
      united[0].append(at, runs);
    }
    RunTable::add_columns(table, std::move(united));
  });
}
