#include "mask_pairs.h"

#include "run_sets.h"
#include "threads.h"

#include <cstdlib>
#include <limits>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::size_t;

// Looks at the runs of a and those of b in the columns `shift` further right: of those that lie less than
// max_reach rows apart, the nearest are visited, and all that share rows.
void compare_columns(RunSpan a, RunSpan b, int32_t shift, Closeness& found) {
  const int64_t columns_between = std::abs(shift) - 1;
  const int32_t first = std::max(a.front().x, b.front().x - shift), last = std::min(a.back().x, b.back().x - shift);
  if (first > last) return;
  size_t i = find_column(a, first), j = find_column(b, first + shift);
  while (i < a.size() && j < b.size()) {
    const Run &run_a = a[i], &run_b = b[j];
    const int32_t column_b = run_b.x - shift;
    if (std::max(run_a.x, column_b) > last) return;
    if (run_a.x != column_b) {
      run_a.x < column_b ? ++i : ++j;
      continue;
    }
    // Rows between the two; where it is negative, rows that they share.
    const int64_t rows = std::max(run_a.y0, run_b.y0) - std::min(run_a.y1, run_b.y1);
    found.gap = std::min(found.gap, std::max<int64_t>(std::max(rows, columns_between), 0));
    if (shift == 0) {
      found.contact += rows == 0;
    } else if (columns_between == 0 && rows < 0) {
      found.contact -= rows;
    }
    if (run_a.y1 <= run_b.y1) ++i;
    if (run_b.y1 <= run_a.y1) ++j;
  }
}

double share_covered(RunSpan holes, RunSpan mask) {
  const int64_t pixels = count_pixels(holes);
  return pixels == 0 ? 0.0 : static_cast<double>(count_shared_pixels(holes, mask)) / static_cast<double>(pixels);
}

}  // namespace

Closeness measure_closeness(RunSpan a, RunSpan b) {
  Closeness found{max_reach, 0};
  if (a.empty() || b.empty()) return found;
  for (int32_t beside = 0; beside <= max_reach; ++beside) {
    // Columns so far apart cannot come closer than what is known; a contact needs neighbours.
    if (beside > 1 && beside - 1 >= found.gap) break;
    compare_columns(a, b, beside, found);
    if (beside > 0) compare_columns(a, b, -beside, found);
  }
  return found;
}

void PairMeasurer::measure_overlap(RunSpan a, RunSpan b, MaskPair& pair) {
  shared_.clear();
  visit_shared_strips(a, b, [&](const Run& strip) {
    shared_.push_back(strip);
    pair.intersection += strip.y1 - strip.y0;
  });
  pair.depth = square_.measure(shared_);
}

void PairMeasurer::measure(const ImageMasks& image, int64_t first, std::vector<MaskPair>& pairs) {
  const size_t limit = std::numeric_limits<size_t>::max();
  for (const BoxPair& close : box_pairs_.find(image.boxes, max_reach, limit)) {
    const auto number_a = static_cast<size_t>(close.a), number_b = static_cast<size_t>(close.b);
    const RunSpan a = image.masks[number_a], b = image.masks[number_b];
    MaskPair pair{first + close.a, first + close.b, 0, 0, 0, 0, 0, 0};
    measure_overlap(a, b, pair);
    if (pair.intersection == 0) {
      const Closeness closeness = measure_closeness(a, b);
      if (closeness.gap > max_gap) continue;
      pair.gap = closeness.gap;
      pair.contact = closeness.contact;
    }
    pair.hole_share_a = share_covered(image.holes[number_a], b);
    pair.hole_share_b = share_covered(image.holes[number_b], a);
    pairs.push_back(pair);
  }
}

void add_pair_columns(Table& table, std::vector<std::vector<MaskPair>>&& parts) {
  size_t n_pairs = 0;
  for (const auto& part : parts) n_pairs += part.size();
  const auto add = [&](const char* name, auto MaskPair::*field) {
    std::vector<std::decay_t<decltype(std::declval<MaskPair>().*field)>> column;
    column.reserve(n_pairs);
    for (const auto& part : parts) {
      for (const MaskPair& pair : part) column.push_back(pair.*field);
    }
    table.add(name, std::move(column));
  };
  add("a", &MaskPair::a);
  add("b", &MaskPair::b);
  add("intersection_px", &MaskPair::intersection);
  add("depth_px", &MaskPair::depth);
  add("gap_px", &MaskPair::gap);
  add("contact_px", &MaskPair::contact);
  add("hole_share_a", &MaskPair::hole_share_a);
  add("hole_share_b", &MaskPair::hole_share_b);
}

}  // namespace maskaudit
