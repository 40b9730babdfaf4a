// Masks of two sets (labels and predictions, an old and a new version) against each other, image by image: the
// pixels that two share, and the IoU of their boxes.
#include "cross_pairs.h"

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

// IoU as COCO has it: with a crowd region, the share of the other box.
double box_iou(const MaskSide& one, int64_t a, const MaskSide& two, int64_t b) {
  const double *p = one.box + 4 * a, *q = two.box + 4 * b;
  const double wide = std::max(std::min(p[0] + p[2], q[0] + q[2]) - std::max(p[0], q[0]), 0.0);
  const double high = std::max(std::min(p[1] + p[3], q[1] + q[3]) - std::max(p[1], q[1]), 0.0);
  const double common = wide * high, area_a = p[2] * p[3], area_b = q[2] * q[3];
  const double whole = one.iscrowd[a] ? area_b : two.iscrowd[b] ? area_a : area_a + area_b - common;
  return whole > 0 ? common / whole : 0.0;
}

template <class T>
std::vector<T> join(std::vector<PairList>& parts, std::vector<T> PairList::*column) {
  std::vector<T> all;
  for (PairList& part : parts) {
    all.insert(all.end(), (part.*column).begin(), (part.*column).end());
    std::vector<T>().swap(part.*column);
  }
  return all;
}

}  // namespace

void PairList::add_columns(Table& table, std::vector<PairList>&& parts) {
  table.add("a", join(parts, &PairList::a));
  table.add("b", join(parts, &PairList::b));
  table.add("intersection", join(parts, &PairList::intersection));
  table.add("box_iou", join(parts, &PairList::box_iou));
}

void measure_image(const MaskSide& one, int64_t a, int64_t end_a, const MaskSide& two, int64_t b, int64_t end_b,
                   bool is_inner, PairList& pairs) {
  // Sorted by their left sides, boxes that may meet lie together: none begins further left than the widest is wide.
  thread_local std::vector<int64_t> by_left, partners;
  by_left.clear();
  int64_t widest = 0;
  for (int64_t k = b; k < end_b; ++k) {
    if (two.right(k) == two.left(k)) continue;
    by_left.push_back(k);
    widest = std::max(widest, two.right(k) - two.left(k));
  }
  std::sort(by_left.begin(), by_left.end(), [&](int64_t k, int64_t m) { return two.left(k) < two.left(m); });
  for (; a < end_a; ++a) {
    const int64_t left = one.left(a), right = one.right(a);
    if (left == right) continue;
    auto next = std::upper_bound(by_left.begin(), by_left.end(), left - widest,
                                 [&](int64_t place, int64_t k) { return place < two.left(k); });
    partners.clear();
    for (; next != by_left.end() && two.left(*next) < right; ++next) {
      const int64_t k = *next;
      if (two.right(k) > left && two.top(k) < one.bottom(a) && one.top(a) < two.bottom(k) && (!is_inner || a < k))
        partners.push_back(k);
    }
    std::sort(partners.begin(), partners.end());
    for (const int64_t k : partners) {
      const MaskColumns p = look_at(one.runs, a), q = look_at(two.runs, k);
      const bool plain = one.plain[static_cast<std::size_t>(a)] && two.plain[static_cast<std::size_t>(k)];
      const int64_t common = plain ? count_common_columns(p, q) : count_common(p, q);
      const double iou = box_iou(one, a, two, k);
      if (common == 0 && !(iou > 0)) continue;
      pairs.a.push_back(a);
      pairs.b.push_back(k);
      pairs.intersection.push_back(common);
      pairs.box_iou.push_back(iou);
    }
  }
}

}  // namespace maskaudit

// Columns: a, b, intersection, box_iou; sorted. With is_inner the two sides are the same set, and a < b.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_cross_pairs(
    const std::int64_t* start_1, const std::int32_t* x_1, const std::int32_t* y0_1, const std::int32_t* y1_1, const std::int64_t* image_1,
    const std::int64_t* surrounding_1, const double* box_1, const std::uint8_t* iscrowd_1, std::int64_t n_1,
    const std::int64_t* start_2, const std::int32_t* x_2, const std::int32_t* y0_2, const std::int32_t* y1_2, const std::int64_t* image_2,
    const std::int64_t* surrounding_2, const double* box_2, const std::uint8_t* iscrowd_2, std::int64_t n_2,
    std::int64_t is_inner, std::int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    using namespace maskaudit;
    MaskSide one{{x_1, y0_1, y1_1, start_1}, image_1, surrounding_1, box_1, iscrowd_1, n_1, {}};
    MaskSide two{{x_2, y0_2, y1_2, start_2}, image_2, surrounding_2, box_2, iscrowd_2, n_2, {}};
    one.look();
    two.look();
    struct Portion {
      int64_t a, end_a, b, end_b;
    };
    constexpr int64_t most = 256;  // masks of one side measured together: an image of thousands is shared
    std::vector<Portion> portions;
    for (int64_t a = 0, b = 0; a < n_1;) {
      const int64_t image = image_1[a];
      int64_t end_a = a;
      while (end_a < n_1 && image_1[end_a] == image) ++end_a;
      while (b < n_2 && image_2[b] < image) ++b;
      int64_t end_b = b;
      while (end_b < n_2 && image_2[end_b] == image) ++end_b;
      for (; a < end_a; a += most)
        if (b < end_b) portions.push_back({a, std::min(end_a, a + most), b, end_b});
      a = end_a;
    }
    std::vector<PairList> parts(portions.size());
    maskaudit::for_each_item(static_cast<int64_t>(portions.size()), static_cast<int>(n_threads), [&](int, int64_t k) {
      const Portion& portion = portions[static_cast<std::size_t>(k)];
      measure_image(one, portion.a, portion.end_a, two, portion.b, portion.end_b, is_inner != 0,
                    parts[static_cast<std::size_t>(k)]);
    });
    PairList::add_columns(table, std::move(parts));
  });
}
