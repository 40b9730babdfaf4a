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
  void add_corner(std::int64_t x, std::int64_t y);
  std::int64_t doubled_area_below() const;

  std::vector<Corner> chain_;
};

}  // namespace maskaudit
