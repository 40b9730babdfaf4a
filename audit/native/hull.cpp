#include "hull.h"

#include <algorithm>

namespace maskaudit {

// Lists the upper corners of the columns' squares, or the lower ones upside down: always those of a maximum.
void HullArea::list_corners(const std::vector<ColumnExtent>& columns, bool is_bottom) {
  corners_.resize(2 * columns.size());
  Corner* next = corners_.data();
  const auto outermost = [&](const ColumnExtent& column) -> std::int64_t {
    return is_bottom ? column.bottom : -column.top;
  };
  // A column's square has the corners x and x + 1; between two neighbouring columns the outer one counts.
  std::int64_t before = outermost(columns[0]);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::int64_t x = columns[i].x, y = outermost(columns[i]);
    *next++ = {x, std::max(y, before)};
    before = y;
    if (i + 1 == columns.size()) {
      *next++ = {x + 1, y};
    } else if (columns[i + 1].x != x + 1) {
      *next++ = {x + 1, y};
      before = outermost(columns[i + 1]);
    }
  }
  n_corners_ = static_cast<std::size_t>(next - corners_.data());
}

// Drops what lies on or below the line between its two neighbours. No corner of the hull does, and few others are
// left: the search below, whose every step is a guess for the processor, then has little to do.
void HullArea::drop_hollows() {
  Corner before = corners_[0];
  std::size_t kept = 1;
  for (std::size_t i = 1; i + 1 < n_corners_; ++i) {
    const Corner here = corners_[i];
    corners_[kept] = here;
    kept += turns_down(before, here, corners_[i + 1]);
    before = here;
  }
  if (n_corners_ > 1) corners_[kept++] = corners_[n_corners_ - 1];
  n_corners_ = kept;
}

// Twice the area between the upper hull of the corners and the line y = 0 (Andrew's monotone chain).
std::int64_t HullArea::doubled_area_below_hull() {
  std::size_t size = 0;  // of the chain, which takes the place of corners that were looked at
  for (std::size_t i = 0; i < n_corners_; ++i) {
    const Corner next = corners_[i];
    while (size >= 2 && !turns_down(corners_[size - 2], corners_[size - 1], next)) --size;
    corners_[size++] = next;
  }
  std::int64_t doubled = 0;
  for (std::size_t i = 1; i < size; ++i)
    doubled += (corners_[i].x - corners_[i - 1].x) * (corners_[i].y + corners_[i - 1].y);
  return doubled;
}

double HullArea::measure(const std::vector<ColumnExtent>& columns) {
  if (columns.empty()) return 0;
  std::int64_t doubled = 0;
  for (const bool is_bottom : {false, true}) {
    list_corners(columns, is_bottom);
    drop_hollows();
    doubled += doubled_area_below_hull();
  }
  return static_cast<double>(doubled) / 2;
}

}  // namespace maskaudit
