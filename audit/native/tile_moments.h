// How large, how long and how much like an ellipse the shape on a tile is: from sums over its cells.
#pragma once

#include "tile.h"
#include "trigonometry.h"

#include <cstdint>

namespace maskaudit {

// Plain sums over cells: those of a part and of the rest add up to the whole's.
struct MomentSums {
  std::int32_t cells = 0, x = 0, xx = 0, y = 0, xy = 0, yy = 0;

  // Of the cells in the rows [low, high) of columns, listed one by one.
  static MomentSums of_spans(const std::int16_t* column, const std::int16_t* low, const std::int16_t* high, int spans);

  MomentSums operator-(const MomentSums& part) const {
    return {cells - part.cells, x - part.x, xx - part.xx, y - part.y, xy - part.xy, yy - part.yy};
  }

  // The area of the ellipse of equal moments, the least that any shape of as many cells has.
  double ellipse_area() const;
};

// Size, centre and spread, in cells; all zero for a tile without cells.
struct Moments {
  float area, x, y;
  float xx, xy, yy;  // variances; a cell alone has 1/12

  static Moments of(const MomentSums& sums);

  // Full lengths of the ellipse of equal moments.
  float major_axis() const;
  float minor_axis() const;
  Direction direction() const { return longer_axis(xx, xy, yy); }
};

// The cells of a tile as vertical spans, column by column: what all sums are worked out from.
struct Spans {
  // At most every other row of every column begins a span.
  static constexpr int most = tile_side * tile_side / 2;

  explicit Spans(const Tile& tile);

  int count = 0;
  std::int16_t column[most], low[most], high[most];  // rows [low, high)

  MomentSums sum() const;
  // Over the cells above a line.
  MomentSums sum_above(const Line& line) const;
  // Cells inside an ellipse with this centre and these variances (or any in this proportion) of this area.
  float count_inside(const Moments& ellipse, float area) const;
  // 1 - IoU with the ellipse of equal area and moments: 0 = an ellipse, and for a tile without cells.
  float misfit(const Moments& moments) const;
};

}  // namespace maskaudit
