// Bilinear interpolation of a mask target, the inverse of what made it (detectron2's paste_masks_in_image,
// Ultralytics' process_mask_native): pixel for pixel, column by column, so that it meets the runs of the label.
#include "target_grid.h"

#include "run_sets.h"

#include <algorithm>
#include <cmath>

namespace maskaudit {

using std::int32_t;
using std::int64_t;

namespace {

// Pixels whose centres lie within one cell of the grid: no other can be drawn.
void reach(double slope, double shift, int32_t cells, int32_t& first, int32_t& stop) {
  first = std::max(first, static_cast<int32_t>(std::floor((-1 - shift) / slope)));
  stop = std::min(stop, static_cast<int32_t>(std::ceil((cells - shift) / slope)) + 1);
}

}  // namespace

void TargetDrawer::divide_rows(const TargetGrid& grid, int32_t first, int32_t stop) {
  row_start_.resize(static_cast<std::size_t>(grid.height) + 2);
  for (std::size_t gap = 0; gap < row_start_.size(); ++gap) {
    const double row = std::ceil((static_cast<double>(gap) - 1 - grid.y_shift) / grid.y_slope);
    row_start_[gap] = static_cast<int32_t>(std::clamp(row, static_cast<double>(first), static_cast<double>(stop)));
  }
}

// Blends the two columns of cells beside a place; says whether anything can be drawn there.
bool TargetDrawer::blend_columns(const TargetGrid& grid, double place) {
  const double left = std::floor(place);
  const float weight = static_cast<float>(place - left);
  const auto x = static_cast<int32_t>(left);
  column_.assign(static_cast<std::size_t>(grid.height) + 2, 0.0F);
  float highest = 0;
  for (int32_t y = 0; y < grid.height; ++y) {
    const float* row = grid.cells.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(grid.width);
    const float before = x >= 0 && x < grid.width ? row[x] : 0.0F;
    const float after = x + 1 >= 0 && x + 1 < grid.width ? row[x + 1] : 0.0F;
    const float blended = before * (1 - weight) + after * weight;
    column_[static_cast<std::size_t>(y) + 1] = blended;
    highest = std::max(highest, blended);
  }
  return highest >= 0.5F;
}

// Between two cells values run in a straight line, so what is drawn there is known from where it passes one half: the
// work grows with the cells and not with the pixels.
void TargetDrawer::draw_column(const TargetGrid& grid, int32_t x) {
  drawn_.clear();
  for (std::size_t gap = 0; gap + 1 < row_start_.size(); ++gap) {
    int32_t first = row_start_[gap], stop = row_start_[gap + 1];
    const float above = column_[gap], below = column_[gap + 1];
    const bool starts = grid.draws_half ? above >= 0.5F : above > 0.5F;
    const bool ends = grid.draws_half ? below >= 0.5F : below > 0.5F;
    if (first >= stop || (!starts && !ends)) continue;
    if (starts != ends) {
      const double weight = (0.5 - above) / (static_cast<double>(below) - above);
      const double row = (static_cast<double>(gap) - 1 + weight - grid.y_shift) / grid.y_slope;
      const bool at_half = row == std::floor(row) && grid.draws_half;
      if (starts) {
        const double last = at_half ? row + 1 : std::ceil(row);
        stop = static_cast<int32_t>(std::clamp(last, static_cast<double>(first), static_cast<double>(stop)));
      } else {
        const double next = at_half ? row : std::floor(row) + 1;
        first = static_cast<int32_t>(std::clamp(next, static_cast<double>(first), static_cast<double>(stop)));
      }
    }
    if (first < stop) append_joined(drawn_, {x, first, stop});
  }
}

double TargetDrawer::measure_iou(const TargetGrid& grid, RunSpan mask) {
  int64_t mask_px = 0, drawn_px = 0, shared_px = 0;
  for (const Run& run : mask) mask_px += run.y1 - run.y0;
  int32_t first_x = grid.first_x, stop_x = grid.stop_x, first_y = grid.first_y, stop_y = grid.stop_y;
  reach(grid.x_slope, grid.x_shift, grid.width, first_x, stop_x);
  reach(grid.y_slope, grid.y_shift, grid.height, first_y, stop_y);
  if (mask_px == 0 || first_x >= stop_x || first_y >= stop_y) return 0;
  divide_rows(grid, first_y, stop_y);
  const Run* run = mask.begin();
  for (int32_t x = first_x; x < stop_x; ++x) {
    if (!blend_columns(grid, grid.x_slope * x + grid.x_shift)) continue;
    draw_column(grid, x);
    for (const Run& drawn : drawn_) drawn_px += drawn.y1 - drawn.y0;
    while (run != mask.end() && run->x < x) ++run;
    const Run* stop = run;
    while (stop != mask.end() && stop->x == x) ++stop;
    const RunSpan label(run, static_cast<std::size_t>(stop - run));
    visit_shared_strips(label, drawn_, [&](const Run& strip) { shared_px += strip.y1 - strip.y0; });
    run = stop;
  }
  const int64_t union_px = mask_px + drawn_px - shared_px;
  return static_cast<double>(shared_px) / static_cast<double>(union_px);
}

}  // namespace maskaudit
