// Mask targets of a fixed number of cells inside the label's box, as Mask R-CNN is taught (He et al., 2017): polygons
// are drawn in the box's own frame (detectron2's rasterize_polygons_within_box), or the resized mask is averaged
// over the pixels of each cell (RoIAlign with as many samples as pixels).
#include "raster.h"
#include "run_sets.h"
#include "target_grid.h"
#include "threads.h"

#include <cmath>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;

struct BoxSettings {
  int32_t cells;             // of a side
  bool draws_polygons;       // else masks are averaged
  bool aligned;              // RoIAlign's half pixel
  bool is_soft;              // whether shares stay shares, or become 0 and 1
  bool draws_half;           // whether inference draws exactly one half
};

class BoxWorker {
 public:
  // x0, y0, x1, y1 are in the picture; the scales lead from there to the resized picture.
  void teach_mask(const Segmentations& drawn, int64_t mask, const double* box, const double* scale,
                  const BoxSettings& settings, int32_t& target_px, double& iou) {
    rasterizer_.draw_mask(drawn, mask, runs_);
    grid_.reset(settings.cells, settings.cells);
    const bool has_rings = drawn.ring_start[mask] < drawn.ring_start[mask + 1];
    if (settings.draws_polygons && has_rings) {
      draw_polygon(drawn, mask, box, scale, settings.cells);
    } else {
      average_pixels(drawn, mask, box, scale, settings);
    }
    const double x_cell = (box[2] - box[0]) / settings.cells, y_cell = (box[3] - box[1]) / settings.cells;
    grid_.x_slope = 1 / x_cell;
    grid_.y_slope = 1 / y_cell;
    grid_.x_shift = (0.5 - box[0]) / x_cell - 0.5;
    grid_.y_shift = (0.5 - box[1]) / y_cell - 0.5;
    grid_.draws_half = settings.draws_half;
    grid_.stop_x = static_cast<int32_t>(drawn.width[mask]);
    grid_.stop_y = static_cast<int32_t>(drawn.height[mask]);
    target_px = grid_.count_set();
    iou = target_px ? drawer_.measure_iou(grid_, runs_) : 0;
  }

 private:
  void draw_polygon(const Segmentations& drawn, int64_t mask, const double* box, const double* scale, int32_t cells) {
    const double x_ratio = cells / std::max((box[2] - box[0]) * scale[0], 0.1) * scale[0];
    const double y_ratio = cells / std::max((box[3] - box[1]) * scale[1], 0.1) * scale[1];
    for (int64_t ring = drawn.ring_start[mask]; ring < drawn.ring_start[mask + 1]; ++ring) {
      moved_.clear();
      for (int64_t vertex = drawn.vertex_start[ring]; vertex < drawn.vertex_start[ring + 1]; ++vertex) {
        // A part far outside a box that was declared too small stays a number that the rasterizer can hold.
        moved_.push_back(std::clamp((drawn.xy[2 * vertex] - box[0]) * x_ratio, -1e6, 1e6));
        moved_.push_back(std::clamp((drawn.xy[2 * vertex + 1] - box[1]) * y_ratio, -1e6, 1e6));
      }
      rasterizer_.draw_ring(moved_.data(), static_cast<int64_t>(moved_.size() / 2), cells, cells, ring_);
      for (const Run& run : ring_) {
        for (int32_t y = run.y0; y < run.y1; ++y) grid_.cell(run.x, y) = 1;
      }
    }
  }

  // For each sample of an axis, the pixel of the picture it falls on: ascending, -1 before the first, the number of
  // pixels behind the last.
  static void place_samples(double start, double length, double scale, int64_t pixels, int32_t cells, bool aligned,
                            std::vector<int32_t>& samples) {
    const double first = start * scale - (aligned ? 0.5 : 0.0);
    const double side = aligned ? length * scale : std::max(length * scale, 1.0);
    const auto a_cell = std::max(static_cast<int32_t>(std::ceil(side / cells)), 1);
    samples.resize(static_cast<std::size_t>(a_cell) * static_cast<std::size_t>(cells));
    for (std::size_t sample = 0; sample < samples.size(); ++sample) {
      // The nearest pixel of the resized mask, which was itself taken from the nearest pixel of the picture.
      const double place = first + (static_cast<double>(sample) + 0.5) * side / static_cast<double>(samples.size());
      const double resized = std::floor(place + 0.5);
      const double pixel = std::floor((resized + 0.5) / scale);
      samples[sample] = static_cast<int32_t>(std::clamp(pixel, -1.0, static_cast<double>(pixels)));
    }
  }

  void average_pixels(const Segmentations& drawn, int64_t mask, const double* box, const double* scale,
                      const BoxSettings& settings) {
    place_samples(box[0], box[2] - box[0], scale[0], drawn.width[mask], settings.cells, settings.aligned, columns_);
    place_samples(box[1], box[3] - box[1], scale[1], drawn.height[mask], settings.cells, settings.aligned, rows_);
    const std::size_t columns_a_cell = columns_.size() / static_cast<std::size_t>(settings.cells);
    const std::size_t rows_a_cell = rows_.size() / static_cast<std::size_t>(settings.cells);
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      const auto cell_x = static_cast<int32_t>(column / columns_a_cell);
      for (std::size_t at = find_column(runs_, columns_[column]);
           at < runs_.size() && runs_[at].x == columns_[column]; ++at) {
        // Samples of a run lie side by side: they are counted by cells, not one by one.
        const auto first_sample = std::lower_bound(rows_.begin(), rows_.end(), runs_[at].y0);
        const auto stop = static_cast<std::size_t>(std::lower_bound(first_sample, rows_.end(), runs_[at].y1) - rows_.begin());
        for (auto row = static_cast<std::size_t>(first_sample - rows_.begin()); row < stop;) {
          const std::size_t cell_y = row / rows_a_cell, cell_stop = std::min((cell_y + 1) * rows_a_cell, stop);
          grid_.cell(cell_x, static_cast<int32_t>(cell_y)) += static_cast<float>(cell_stop - row);
          row = cell_stop;
        }
      }
    }
    const auto samples = static_cast<float>(columns_a_cell * rows_a_cell);
    for (float& cell : grid_.cells) {
      cell /= samples;
      if (!settings.is_soft) cell = cell >= 0.5F ? 1.0F : 0.0F;
    }
  }

  std::vector<double> moved_;
  std::vector<int32_t> columns_, rows_;
  Rasterizer rasterizer_;
  RunList runs_, ring_;
  TargetGrid grid_;
  TargetDrawer drawer_;
};

}  // namespace
}  // namespace maskaudit

// Columns, one row a mask: target_px, cells that are not 0; iou of the mask and its target drawn back. Boxes are
// (n, 4) x0, y0, x1, y1 in the picture with an area; scales (n, 2). 0 where a mask is not kept.
MASKAUDIT_API maskaudit::Table* maskaudit_box_targets(
    const double* xy, const int64_t* vertex_start, const int64_t* ring_start, const uint32_t* counts,
    const int64_t* count_start, const int64_t* height, const int64_t* width, const uint8_t* kept, const double* boxes,
    const double* scales, int64_t n_masks, int64_t cells, int64_t draws_polygons, int64_t aligned, int64_t is_soft,
    int64_t draws_half, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::Segmentations drawn{xy, vertex_start, ring_start, counts, count_start, height, width};
    const maskaudit::BoxSettings settings{static_cast<int32_t>(cells), draws_polygons != 0, aligned != 0, is_soft != 0,
                                          draws_half != 0};
    std::vector<int32_t> target_px(static_cast<std::size_t>(n_masks));
    std::vector<double> iou(static_cast<std::size_t>(n_masks));
    std::vector<maskaudit::BoxWorker> workers(static_cast<std::size_t>(n_threads));
    constexpr int64_t masks_a_part = 64;
    const int64_t n_parts = (n_masks + masks_a_part - 1) / masks_a_part;
    maskaudit::for_each_item(n_parts, static_cast<int>(n_threads), [&](int thread, int64_t part) {
      const int64_t stop = std::min(n_masks, (part + 1) * masks_a_part);
      for (int64_t mask = part * masks_a_part; mask < stop; ++mask) {
        const auto row = static_cast<std::size_t>(mask);
        if (kept[mask]) {
          workers[static_cast<std::size_t>(thread)].teach_mask(drawn, mask, boxes + 4 * mask, scales + 2 * mask, settings,
                                                               target_px[row], iou[row]);
        }
      }
    });
    table.add("target_px", std::move(target_px));
    table.add("iou", std::move(iou));
  });
}
