// What a network is taught about one mask: a small grid of cells, and how it looks drawn back onto the picture.
#pragma once

#include "runs.h"

#include <cstdint>
#include <vector>

namespace maskaudit {

// The cells of one mask target. Outside the grid every cell is 0.
struct TargetGrid {
  std::int32_t width = 0, height = 0;
  std::vector<float> cells;  // row by row, 0 to 1

  // Pixel x of the picture has its centre at cell a * x + b; the centre of cell i is at i.
  double x_slope = 1, x_shift = 0, y_slope = 1, y_shift = 0;
  // Pixels outside [first, stop) are not drawn: the predicted box cuts them off.
  std::int32_t first_x = 0, stop_x = 0, first_y = 0, stop_y = 0;
  bool draws_half = true;  // whether exactly one half is drawn

  void reset(std::int32_t new_width, std::int32_t new_height) {
    width = new_width;
    height = new_height;
    cells.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0.0F);
  }
  float& cell(std::int32_t x, std::int32_t y) {
    return cells[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
  std::int32_t count_set() const {
    std::int32_t number = 0;
    for (const float value : cells) number += value > 0;
    return number;
  }
};

// Draws targets back by bilinear interpolation, as inference does; keeps scratch memory.
class TargetDrawer {
 public:
  // Intersection over union of a mask and its target; 0 where either has no pixel.
  double measure_iou(const TargetGrid& grid, RunSpan mask);

 private:
  void divide_rows(const TargetGrid& grid, std::int32_t first, std::int32_t stop);
  bool blend_columns(const TargetGrid& grid, double place);
  void draw_column(const TargetGrid& grid, std::int32_t x);

  std::vector<std::int32_t> row_start_;  // first pixel row between each two cells, the zeros beside the grid included
  std::vector<float> column_;            // cells of one pixel column, with a 0 above and below
  RunList drawn_;                        // of one pixel column
};

}  // namespace maskaudit
