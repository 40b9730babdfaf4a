// Masks looked at where Python holds them, one array a coordinate: the fastest way to count what two share,
// because neighbouring columns are compared several at a time.
#pragma once

#include "run_sets.h"
#include "threads.h"

namespace maskaudit {

// The runs of one mask.
struct MaskColumns {
  const std::int32_t *x, *y0, *y1;
  std::int64_t size;
};

inline MaskColumns look_at(const RunColumns& masks, std::int64_t number) {
  const std::int64_t first = masks.start[number];
  return {masks.x + first, masks.y0 + first, masks.y1 + first, masks.start[number + 1] - first};
}

inline std::int64_t count_pixels(const MaskColumns& mask) {
  std::int64_t pixels = 0;
  for (std::int64_t i = 0; i < mask.size; ++i) pixels += mask.y1[i] - mask.y0[i];
  return pixels;
}

// Whether the mask has exactly one run in every column from its first to its last: then a run's partner in
// another such mask is found by counting.
inline bool has_one_run_a_column(const MaskColumns& mask) {
  if (mask.size == 0 || mask.x[mask.size - 1] - mask.x[0] + 1 != mask.size) return false;
  for (std::int64_t i = 1; i < mask.size; ++i)
    if (mask.x[i] == mask.x[i - 1]) return false;
  return true;
}

// The pixels that two masks share.
inline std::int64_t count_common(const MaskColumns& a, const MaskColumns& b) {
  if (a.size == 0 || b.size == 0) return 0;
  std::int64_t i = std::lower_bound(a.x, a.x + a.size, b.x[0]) - a.x;
  std::int64_t j = std::lower_bound(b.x, b.x + b.size, a.x[0]) - b.x;
  std::int64_t common = 0;
  while (i < a.size && j < b.size) {
    const int top = std::max(a.y0[i], b.y0[j]), bottom = std::min(a.y1[i], b.y1[j]);
    const bool same_column = a.x[i] == b.x[j];
    common += same_column ? std::max(bottom - top, 0) : 0;
    // Whoever ends first makes room; without a branch, because nobody can guess who that is.
    const bool a_ends_first = a.x[i] < b.x[j] || (same_column && a.y1[i] <= b.y1[j]);
    i += a_ends_first;
    j += !a_ends_first;
  }
  return common;
}

// The same of two masks that both have one run a column.
inline std::int64_t count_common_columns(const MaskColumns& a, const MaskColumns& b) {
  const int low = std::max(a.x[0], b.x[0]);
  const int high = std::min(a.x[a.size - 1], b.x[b.size - 1]) + 1;
  const std::int32_t *a0 = a.y0 + (low - a.x[0]), *a1 = a.y1 + (low - a.x[0]);
  const std::int32_t *b0 = b.y0 + (low - b.x[0]), *b1 = b.y1 + (low - b.x[0]);
  std::int64_t common = 0;
  for (int k = 0; k < high - low; ++k) common += std::max(std::min(a1[k], b1[k]) - std::max(a0[k], b0[k]), 0);
  return common;
}

// Makes masks, in threads, and adds them to the table as the columns mask, x, y0, y1.
// make(number, runs) fills an empty list with the runs of one mask.
template <class Make>
void add_masks(Table& table, std::int64_t n_masks, std::int64_t n_threads, Make&& make) {
  constexpr std::int64_t block = 64;  // masks handed out together: most are small
  std::vector<RunTable> parts(static_cast<std::size_t>((n_masks + block - 1) / block));
  for_each_item(static_cast<std::int64_t>(parts.size()), static_cast<int>(n_threads), [&](int, std::int64_t item) {
    RunList runs;
    for (std::int64_t number = item * block; number < std::min(n_masks, (item + 1) * block); ++number) {
      runs.clear();
      make(number, runs);
      parts[static_cast<std::size_t>(item)].append(number, runs);
    }
  });
  RunTable::add_columns(table, std::move(parts));
}

}  // namespace maskaudit
