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
// Pairs that are looked at in one image where the most similar are searched: some seconds.
constexpr int64_t most_visits = 1'000'000'000;

double box_iou(const MaskBox& a, const MaskBox& b) {
  const int64_t w = std::min(a.x + a.w, b.x + b.w) - std::max(a.x, b.x);
  const int64_t h = std::min(a.y + a.h, b.y + b.h) - std::max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  return static_cast<double>(w * h) / static_cast<double>(a.w * a.h + b.w * b.h - w * h);
}

}  // namespace

template <class Visit>
bool BoxPairFinder::compare_all(Visit&& visit) const {
  const auto n_boxes = static_cast<int32_t>(extents_.size());
  for (int32_t a = 0; a < n_boxes; ++a) {
    const Extent& first = extents_[static_cast<size_t>(a)];
    if (first.left == first.right) continue;
    for (int32_t b = a + 1; b < n_boxes; ++b) {
      const Extent& second = extents_[static_cast<size_t>(b)];
      const bool is_close = first.left < second.right && second.left < first.right && first.top < second.bottom &&
                            second.top < first.bottom;
      if (is_close && second.left < second.right && !visit(a, b)) return false;
    }
  }
  return true;
}

// Cuts the image into strips about as high as a box; in a strip, boxes are sorted by their left column.
void BoxPairFinder::sort_into_strips() {
  entries_.clear();
  for (size_t box = 0; box < extents_.size(); ++box) {
    const Extent& extent = extents_[box];
    if (extent.left == extent.right) continue;
    for (int64_t strip = extent.top / strip_height_; strip <= (extent.bottom - 1) / strip_height_; ++strip) {
      entries_.push_back({strip, extent.left, static_cast<int32_t>(box)});
    }
  }
  std::sort(entries_.begin(), entries_.end(), [](const StripEntry& first, const StripEntry& second) {
    return std::tie(first.strip, first.left, first.box) < std::tie(second.strip, second.left, second.box);
  });
}

// A box meets those of the next ones in its strip that begin before it ends. A pair counts in the first strip
// that the two share.
template <class Visit>
bool BoxPairFinder::compare_in_strips(Visit&& visit) const {
  for (auto first = entries_.begin(); first != entries_.end(); ++first) {
    const Extent& a = extents_[static_cast<size_t>(first->box)];
    for (auto second = first + 1; second != entries_.end(); ++second) {
      if (second->strip != first->strip || second->left >= a.right) break;
      const Extent& b = extents_[static_cast<size_t>(second->box)];
      if (a.top >= b.bottom || b.top >= a.bottom) continue;
      if (first->strip != std::max(a.top, b.top) / strip_height_) continue;
      if (!visit(std::min(first->box, second->box), std::max(first->box, second->box))) return false;
    }
  }
  return true;
}

template <class Visit>
bool BoxPairFinder::visit_pairs(Visit&& visit) {
  if (extents_.size() <= few_boxes) return compare_all(visit);
  sort_into_strips();
  return compare_in_strips(visit);
}

// Notes a partner of a box if it is among the most similar so far; of equal ones those that come first.
void BoxPairFinder::offer(int32_t box, Partner partner, size_t most) {
  const auto is_better = [](const Partner& first, const Partner& second) {
    return first.iou != second.iou ? first.iou > second.iou : first.box < second.box;
  };
  const auto number = static_cast<size_t>(box);
  const auto begin = partners_.begin() + static_cast<std::ptrdiff_t>(number * most);
  auto end = begin + static_cast<std::ptrdiff_t>(n_partners_[number]);
  if (n_partners_[number] < most) {
    ++n_partners_[number];
    *end++ = partner;
    std::push_heap(begin, end, is_better);
  } else if (is_better(partner, *begin)) {
    std::pop_heap(begin, end, is_better);
    *(end - 1) = partner;
    std::push_heap(begin, end, is_better);
  }
}

void BoxPairFinder::keep_most_similar(const std::vector<MaskBox>& boxes, size_t limit) {
  const size_t most = std::max<size_t>(limit / boxes.size(), 1);
  partners_.resize(boxes.size() * most);
  n_partners_.assign(boxes.size(), 0);
  int64_t visits_left = most_visits;
  visit_pairs([&](int32_t a, int32_t b) {
    const double iou = box_iou(boxes[static_cast<size_t>(a)], boxes[static_cast<size_t>(b)]);
    offer(a, {iou, b}, most);
    offer(b, {iou, a}, most);
    return --visits_left > 0;
  });
  pairs_.clear();
  for (size_t box = 0; box < boxes.size(); ++box) {
    const auto a = static_cast<int32_t>(box);
    for (size_t at = 0; at < n_partners_[box]; ++at) {
      const int32_t b = partners_[box * most + at].box;
      pairs_.push_back({std::min(a, b), std::max(a, b)});
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
  strip_height_ = total_height / n_some + reach + 1;
  is_complete_ = visit_pairs([&](int32_t a, int32_t b) {
    if (pairs_.size() == limit) return false;
    pairs_.push_back({a, b});
    return true;
  });
  if (!is_complete_) keep_most_similar(boxes, limit);
  if (is_complete_ && boxes.size() <= few_boxes) return pairs_;  // sorted by the way they were found
  std::sort(pairs_.begin(), pairs_.end(), [](const BoxPair& first, const BoxPair& second) {
    return std::tie(first.a, first.b) < std::tie(second.a, second.b);
  });
  // A pair may be among the most similar of both its boxes.
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end(),
                           [](const BoxPair& first, const BoxPair& second) {
                             return first.a == second.a && first.b == second.b;
                           }),
               pairs_.end());
  return pairs_;
}

}  // namespace maskaudit
