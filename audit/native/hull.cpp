#include "hull.h"

#include <algorithm>

namespace maskaudit {

// Adds the next corner of the upper hull (y upwards) and drops those that its neighbours leave inside.
void HullArea::add_corner(std::int64_t x, std::int64_t y) {
  while (chain_.size() >= 2) {
    const Corner &a = chain_[chain_.size() - 2], &b = chain_.back();
    const bool turns_down = (b.x - a.x) * (y - b.y) < (b.y - a.y) * (x - b.x);
    if (turns_down) break;
    chain_.pop_back();
  }
  chain_.push_back({x, y});
}

// Twice the area between the chain and the line y = 0.
std::int64_t HullArea::doubled_area_below() const {
  std::int64_t doubled = 0;
  for (std::size_t i = 1; i < chain_.size(); ++i)
    doubled += (chain_[i].x - chain_[i - 1].x) * (chain_[i].y + chain_[i - 1].y);
  return doubled;
}

double HullArea::measure(const std::vector<ColumnExtent>& columns) {
  std::int64_t doubled = 0;
  for (const bool is_bottom : {false, true}) {
    chain_.clear();
    // A column's square has the corners x and x + 1; between two neighbouring columns the outer one counts.
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::int64_t y = is_bottom ? columns[i].bottom : -columns[i].top;
      const bool follows = i > 0 && columns[i - 1].x + 1 == columns[i].x;
      const std::int64_t before = !follows ? y : is_bottom ? columns[i - 1].bottom : -columns[i - 1].top;
      add_corner(columns[i].x, std::max(y, before));
      if (i + 1 == columns.size() || columns[i].x + 1 != columns[i + 1].x) add_corner(columns[i].x + 1, y);
    }
    doubled += doubled_area_below();
  }
  return static_cast<double>(doubled) / 2;
}

}  // namespace maskaudit
