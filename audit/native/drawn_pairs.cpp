// Masks of two sets drawn and measured against each other, group by group: what a group needs stays in the cache, and
// no mask is kept. For average precision, which looks at each pair once.
#include "cross_pairs.h"
#include "raster.h"
#include "shape.h"

#include <cmath>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::size_t;
using std::uint8_t;

// One set, as it was drawn; arrays after `chosen` hold one entry a chosen annotation.
struct DrawnSet {
  Segmentations drawn;      // height and width are those of the chosen ones
  const int64_t* chosen;
  const int64_t* group;     // ascending
  const double* declared;   // (n, 4) xywh as in the file
  const uint8_t* iscrowd;
  int64_t count;
  std::vector<int64_t> area, box;  // of each mask: pixels, xywh

  void make_room() {
    area.resize(static_cast<size_t>(count));
    box.resize(4 * static_cast<size_t>(count));
  }
};

// The masks of a group, drawn.
class DrawnGroup {
 public:
  // Draws [first, end) of a set and notes their areas and boxes.
  void draw(DrawnSet& set, int64_t first, int64_t end, Rasterizer& rasterizer) {
    x_.clear(), y0_.clear(), y1_.clear(), start_.assign(1, 0);
    surrounding_.resize(4 * static_cast<size_t>(end - first));
    usable_.resize(surrounding_.size());
    for (int64_t k = first; k < end; ++k) {
      const int64_t from = set.chosen[k];
      const Segmentations& all = set.drawn;
      rasterizer.draw_mask({all.xy, all.vertex_start, all.ring_start + from, all.counts, all.count_start + from,
                            all.height + k, all.width + k},
                           0, runs_);
      for (const Run& run : runs_) {
        x_.push_back(run.x);
        y0_.push_back(run.y0);
        y1_.push_back(run.y1);
      }
      start_.push_back(static_cast<int64_t>(x_.size()));
      const MaskBox found = find_box(runs_);
      int64_t* box = set.box.data() + 4 * k;
      box[0] = found.x, box[1] = found.y, box[2] = found.w, box[3] = found.h;
      set.area[static_cast<size_t>(k)] = count_pixels(runs_);
      const int64_t size[2] = {all.width[k], all.height[k]};
      surround(set.declared + 4 * k, box, size, usable_.data() + 4 * (k - first), surrounding_.data() + 4 * (k - first));
    }
    side_ = {{x_.data(), y0_.data(), y1_.data(), start_.data()}, set.group + first, surrounding_.data(), usable_.data(),
             set.iscrowd + first, end - first, std::move(side_.plain)};
    side_.look();
  }

  const MaskSide& side() const { return side_; }

 private:
  // As usable_boxes and _surround_boxes in audit/measure/cross_pairs.py.
  static void surround(const double* declared, const int64_t* box, const int64_t* size, double* usable, int64_t* whole) {
    bool is_usable = declared[2] >= 0 && declared[3] >= 0;
    for (int k = 0; k < 4; ++k) is_usable &= std::isfinite(declared[k]);
    for (int k = 0; k < 4; ++k) usable[k] = is_usable ? declared[k] : static_cast<double>(box[k]);
    for (int k = 0; k < 2; ++k) {
      double first = std::floor(usable[k]), end = std::ceil(usable[k] + usable[k + 2]);
      if (box[2] > 0) {
        first = std::min(first, static_cast<double>(box[k]));
        end = std::max(end, static_cast<double>(box[k] + box[k + 2]));
      }
      const auto most = static_cast<double>(size[k]);
      whole[k] = static_cast<int64_t>(std::clamp(first, 0.0, most));
      whole[k + 2] = static_cast<int64_t>(std::clamp(end, 0.0, most)) - whole[k];
    }
    if (whole[2] <= 0 || whole[3] <= 0) whole[2] = whole[3] = 0;
  }

  std::vector<int32_t> x_, y0_, y1_;
  std::vector<int64_t> start_, surrounding_;
  std::vector<double> usable_;
  MaskSide side_{};
  RunList runs_;
};

// The masks of both sets in one group.
struct Portion {
  int64_t a, end_a, b, end_b;
};

std::vector<Portion> list_groups(const DrawnSet& one, const DrawnSet& two) {
  std::vector<Portion> groups;
  for (int64_t a = 0, b = 0; a < one.count || b < two.count;) {
    const int64_t group = a == one.count   ? two.group[b]
                          : b == two.count ? one.group[a]
                                           : std::min(one.group[a], two.group[b]);
    Portion portion{a, a, b, b};
    while (portion.end_a < one.count && one.group[portion.end_a] == group) ++portion.end_a;
    while (portion.end_b < two.count && two.group[portion.end_b] == group) ++portion.end_b;
    groups.push_back(portion);
    a = portion.end_a;
    b = portion.end_b;
  }
  return groups;
}

}  // namespace
}  // namespace maskaudit

// Columns: area_1, box_1 (xywh), area_2, box_2 of all masks; a, b, intersection, box_iou of the pairs of one group
// whose masks or boxes overlap, sorted. A mask has rings, run lengths, or neither.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_drawn_pairs(
    const double* xy_1, const std::int64_t* vertex_start_1, const std::int64_t* ring_start_1,
    const std::uint32_t* counts_1, const std::int64_t* count_start_1, const std::int64_t* chosen_1,
    const std::int64_t* height_1, const std::int64_t* width_1, const std::int64_t* group_1, const double* declared_1,
    const std::uint8_t* iscrowd_1, std::int64_t n_1,
    const double* xy_2, const std::int64_t* vertex_start_2, const std::int64_t* ring_start_2,
    const std::uint32_t* counts_2, const std::int64_t* count_start_2, const std::int64_t* chosen_2,
    const std::int64_t* height_2, const std::int64_t* width_2, const std::int64_t* group_2, const double* declared_2,
    const std::uint8_t* iscrowd_2, std::int64_t n_2, std::int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    using namespace maskaudit;
    DrawnSet one{{xy_1, vertex_start_1, ring_start_1, counts_1, count_start_1, height_1, width_1},
                 chosen_1, group_1, declared_1, iscrowd_1, n_1, {}, {}};
    DrawnSet two{{xy_2, vertex_start_2, ring_start_2, counts_2, count_start_2, height_2, width_2},
                 chosen_2, group_2, declared_2, iscrowd_2, n_2, {}, {}};
    one.make_room();
    two.make_room();
    const std::vector<Portion> groups = list_groups(one, two);
    constexpr int64_t block = 64;  // groups handed out together: most are small
    std::vector<PairList> parts((groups.size() + block - 1) / block);
    for_each_item(static_cast<int64_t>(parts.size()), static_cast<int>(n_threads), [&](int, int64_t item) {
      thread_local Rasterizer rasterizer;
      thread_local DrawnGroup of_one, of_two;
      const auto last = std::min(groups.size(), static_cast<size_t>((item + 1) * block));
      for (auto at = static_cast<size_t>(item * block); at < last; ++at) {
        const Portion& group = groups[at];
        PairList& pairs = parts[static_cast<size_t>(item)];
        const size_t before = pairs.a.size();
        of_one.draw(one, group.a, group.end_a, rasterizer);
        of_two.draw(two, group.b, group.end_b, rasterizer);
        measure_image(of_one.side(), 0, group.end_a - group.a, of_two.side(), 0, group.end_b - group.b, false, pairs);
        for (size_t k = before; k < pairs.a.size(); ++k) {
          pairs.a[k] += group.a;
          pairs.b[k] += group.b;
        }
      }
    });
    table.add("area_1", std::move(one.area));
    table.add("box_1", std::move(one.box));
    table.add("area_2", std::move(two.area));
    table.add("box_2", std::move(two.box));
    PairList::add_columns(table, std::move(parts));
  });
}
