#include "mask_pairs.h"

#include "run_sets.h"
#include "threads.h"

#include <cstdlib>
#include <numeric>
#include <tuple>

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

bool are_equal(RunSpan a, RunSpan b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Run& run_a, const Run& run_b) {
    return run_a.x == run_b.x && run_a.y0 == run_b.y0 && run_a.y1 == run_b.y1;
  });
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

// Finds masks that many copies of exist, and takes the box of all but the first: without a box no pair is made.
void PairMeasurer::leave_out_copies(const ImageMasks& image, LeftOut* left_out) {
  const size_t n_masks = image.boxes.size();
  if (n_masks <= max_copies) return;
  by_hash_.resize(n_masks);
  std::iota(by_hash_.begin(), by_hash_.end(), size_t{0});
  std::sort(by_hash_.begin(), by_hash_.end(), [&](size_t first, size_t second) {
    return std::tie(image.hashes[first], first) < std::tie(image.hashes[second], second);
  });
  for (size_t begin = 0, end = 0; begin < n_masks; begin = end) {
    const size_t first = by_hash_[begin];
    while (end < n_masks && image.hashes[by_hash_[end]] == image.hashes[first]) ++end;
    if (end - begin <= max_copies || image.masks[first].empty()) continue;
    for (size_t at = begin; at < end; ++at) {
      // Equal hashes of different masks are next to impossible, but then nothing may be left out.
      if (!are_equal(image.masks[by_hash_[at]], image.masks[first])) continue;
      left_out[by_hash_[at]] = LeftOut::copies;
      if (at > begin) boxes_[by_hash_[at]] = {};
    }
  }
}

void PairMeasurer::measure(const ImageMasks& image, int64_t first, std::vector<MaskPair>& pairs, LeftOut* left_out) {
  boxes_ = image.boxes;
  leave_out_copies(image, left_out);
  const size_t limit = std::max(max_pairs, max_pairs_a_mask * boxes_.size());
  const std::vector<BoxPair>& box_pairs = box_pairs_.find(boxes_, max_reach, limit);
  for (size_t mask = 0; mask < boxes_.size() && !box_pairs_.is_complete(); ++mask) {
    if (boxes_[mask].w > 0 && left_out[mask] == LeftOut::nothing) left_out[mask] = LeftOut::unlike;
  }
  for (const BoxPair& close : box_pairs) {
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
