// The convex hull of pixel squares, from the outermost rows of every column.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

// The pixels of one column that count for a hull: rows [top, bottom).
struct ColumnExtent {
  std::int32_t x, top, bottom;
};

// Memory that a thread keeps from one hull to the next.
class HullArea {
 public:
  // The area in square pixels; columns ascend, one entry each. 0 where there are none.
  double measure(const std::vector<ColumnExtent>& columns);

 private:
  struct Corner {
    std::int64_t x, y;
  };
  // Whether the way from a over b to c turns down (y upwards): only then b may be a corner of the upper hull.
  static bool turns_down(const Corner& a, const Corner& b, const Corner& c) {
    return (b.x - a.x) * (c.y - b.y) < (b.y - a.y) * (c.x - b.x);
  }
  void list_corners(const std::vector<ColumnExtent>& columns, bool is_bottom);
  void drop_hollows();
  std::int64_t doubled_area_below_hull();

  std::vector<Corner> corners_;  // of the outline, later those of the hull
  std::size_t n_corners_ = 0;    // of them that count
};

}  // namespace maskaudit
