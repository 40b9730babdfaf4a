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
  // make no pair. Stops at `limit` pairs: then is_complete() is false.
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
  void compare_all(std::size_t limit);
  void compare_in_strips(std::int64_t strip_height, std::size_t limit);
  bool add_pair(std::int32_t a, std::int32_t b, std::size_t limit);

  std::vector<Extent> extents_;
  std::vector<StripEntry> entries_;
  std::vector<BoxPair> pairs_;
  bool is_complete_ = true;
};

}  // namespace maskaudit
