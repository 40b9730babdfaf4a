#include "box_pairs.h"

#include <algorithm>
#include <tuple>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::size_t;

// Boxes up to which comparing all with each other is cheaper than sorting them.
constexpr size_t few_boxes = 48;

}  // namespace

bool BoxPairFinder::add_pair(int32_t a, int32_t b, size_t limit) {
  if (pairs_.size() == limit) {
    is_complete_ = false;
    return false;
  }
  pairs_.push_back({std::min(a, b), std::max(a, b)});
  return true;
}

void BoxPairFinder::compare_all(size_t limit) {
  const auto n_boxes = static_cast<int32_t>(extents_.size());
  for (int32_t a = 0; a < n_boxes; ++a) {
    const Extent& first = extents_[static_cast<size_t>(a)];
    if (first.left == first.right) continue;
    for (int32_t b = a + 1; b < n_boxes; ++b) {
      const Extent& second = extents_[static_cast<size_t>(b)];
      const bool is_close = first.left < second.right && second.left < first.right && first.top < second.bottom &&
                            second.top < first.bottom;
      if (is_close && second.left < second.right && !add_pair(a, b, limit)) return;
    }
  }
}

// Cuts the image into strips about as high as a box. In a strip, boxes are sorted by their left column; a box
// meets those of the next ones that begin before it ends. A pair counts in the first strip that the two share.
void BoxPairFinder::compare_in_strips(int64_t strip_height, size_t limit) {
  entries_.clear();
  for (size_t box = 0; box < extents_.size(); ++box) {
    const Extent& extent = extents_[box];
    if (extent.left == extent.right) continue;
    for (int64_t strip = extent.top / strip_height; strip <= (extent.bottom - 1) / strip_height; ++strip) {
      entries_.push_back({strip, extent.left, static_cast<int32_t>(box)});
    }
  }
  std::sort(entries_.begin(), entries_.end(), [](const StripEntry& first, const StripEntry& second) {
    return std::tie(first.strip, first.left, first.box) < std::tie(second.strip, second.left, second.box);
  });
  for (auto first = entries_.begin(); first != entries_.end(); ++first) {
    const Extent& a = extents_[static_cast<size_t>(first->box)];
    for (auto second = first + 1; second != entries_.end(); ++second) {
      if (second->strip != first->strip || second->left >= a.right) break;
      const Extent& b = extents_[static_cast<size_t>(second->box)];
      if (a.top >= b.bottom || b.top >= a.bottom) continue;
      if (first->strip != std::max(a.top, b.top) / strip_height) continue;
      if (!add_pair(first->box, second->box, limit)) return;
    }
  }
}

const std::vector<BoxPair>& BoxPairFinder::find(const std::vector<MaskBox>& boxes, int64_t reach, size_t limit) {
  pairs_.clear();
  extents_.clear();
  is_complete_ = true;
  int64_t total_height = 0, n_some = 0;
  for (const MaskBox& box : boxes) {
    const bool some = box.w > 0;
    extents_.push_back({box.x, box.x + (some ? box.w + reach : 0), box.y, box.y + (some ? box.h + reach : 0)});
    total_height += box.h;
    n_some += some;
  }
  if (n_some < 2) return pairs_;
  if (boxes.size() <= few_boxes) {
    compare_all(limit);
    return pairs_;
  }
  compare_in_strips(total_height / n_some + reach + 1, limit);
  std::sort(pairs_.begin(), pairs_.end(),
            [](BoxPair first, BoxPair second) { return std::tie(first.a, first.b) < std::tie(second.a, second.b); });
  return pairs_;
}

}  // namespace maskaudit
