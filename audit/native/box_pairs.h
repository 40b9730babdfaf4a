// Which boxes of one image come close: the pairs of masks that are worth looking at.
#pragma once

#include "shape.h"

namespace maskaudit {

struct BoxPair {
  std::int32_t a, b;  // a < b
};

// Finds pairs in one image after the other; keeps scratch memory, so one is needed for each thread.
class BoxPairFinder {
 public:
  // Returns the pairs of boxes that overlap or lie less than `reach` pixels apart, sorted; boxes without width
  // make no pair. Where there are more than `limit`, each box keeps the partners that are most like it, so many
  // that there are about `limit` pairs: then is_complete() is false.
  const std::vector<BoxPair>& find(const std::vector<MaskBox>& boxes, std::int64_t reach, std::size_t limit);
  bool is_complete() const { return is_complete_; }

 private:
  struct Extent {
    std::int64_t left, right, top, bottom;  // right and bottom moved out by the reach
  };
  struct StripEntry {  // a box in one of the horizontal strips that it reaches into
    std::int64_t strip, left;
    std::int32_t box;
  };
  struct Partner {
    double iou;  // of the boxes
    std::int32_t box;
  };
  // All call visit(a, b) with every close pair until it returns false; they return whether it never did.
  template <class Visit>
  bool visit_pairs(Visit&& visit);
  template <class Visit>
  bool compare_all(Visit&& visit) const;
  template <class Visit>
  bool compare_in_strips(Visit&& visit) const;
  void sort_into_strips();
  void keep_most_similar(const std::vector<MaskBox>& boxes, std::size_t limit);
  void offer(std::int32_t box, Partner partner, std::size_t most);

  std::vector<Extent> extents_;
  std::int64_t strip_height_ = 1;
  std::vector<StripEntry> entries_;
  std::vector<BoxPair> pairs_;
  std::vector<Partner> partners_;      // `most` of each box, the least similar on top of a heap
  std::vector<std::size_t> n_partners_;
  bool is_complete_ = true;
};

}  // namespace maskaudit
