// Mask targets on a coarse grid of the whole picture, as Ultralytics' segmentation models are taught: each label is
// drawn at the network's input size, every stride x stride block of pixels becomes a cell, and of labels that share
// a cell the one with fewer cells keeps it (polygons2masks_overlap in ultralytics/data/utils.py).
#include "joined_polygon.h"
#include "raster.h"
#include "target_grid.h"
#include "threads.h"

#include <cmath>
#include <numeric>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;

// How a picture is put into the network's square input.
struct Letterbox {
  double x_scale, y_scale, left, top;
};

struct StrideSettings {
  int32_t input_size, stride;
  int64_t points;  // of a resampled polygon
  bool overlap;    // whether one map holds all labels, so that a cell has one owner
};

struct StrideColumns {
  std::vector<int32_t> target_px, seen_px;
  std::vector<int64_t> covered_by;
  std::vector<double> iou;
};

class StrideWorker {
 public:
  void teach_image(const Segmentations& drawn, const std::uint8_t* kept, int64_t first, int64_t stop,
                   const Letterbox& box, const StrideSettings& settings, StrideColumns& columns) {
    const int32_t side = settings.input_size / settings.stride;
    cells_.resize(static_cast<std::size_t>(stop - first));
    std::size_t longest = 0;
    for (int64_t mask = first; mask < stop; ++mask) {
      for (int64_t ring = drawn.ring_start[mask]; kept[mask] && ring < drawn.ring_start[mask + 1]; ++ring) {
        longest = std::max(longest, static_cast<std::size_t>(drawn.vertex_start[ring + 1] - drawn.vertex_start[ring]));
      }
    }
    const std::size_t points = std::max(static_cast<std::size_t>(settings.points), longest + 1);
    for (int64_t mask = first; mask < stop; ++mask) {
      auto& cells = cells_[static_cast<std::size_t>(mask - first)];
      cells.clear();
      if (!kept[mask]) continue;
      if (drawn.ring_start[mask] < drawn.ring_start[mask + 1]) {
        draw_polygon(drawn, mask, box, settings.input_size, points);
      } else {
        draw_runs(drawn, mask, box, settings.input_size);
      }
      collect_cells(settings.stride, side, cells);
      columns.target_px[static_cast<std::size_t>(mask)] = static_cast<int32_t>(cells.size());
    }
    if (settings.overlap) share_cells(first, side);
    for (int64_t mask = first; mask < stop; ++mask) {
      if (kept[mask]) judge(drawn, mask, first, box, settings, side, columns);
    }
  }

 private:
  void draw_polygon(const Segmentations& drawn, int64_t mask, const Letterbox& box, int32_t size, std::size_t points) {
    join_rings(drawn.xy, drawn.vertex_start, drawn.ring_start[mask], drawn.ring_start[mask + 1], joined_);
    for (PlanePoint& point : joined_) {
      point.x = std::clamp(point.x * box.x_scale + box.left, 0.0, static_cast<double>(size));
      point.y = std::clamp(point.y * box.y_scale + box.top, 0.0, static_cast<double>(size));
    }
    resample_polygon(joined_, points, resampled_);
    filler_.fill(resampled_, window_);
  }

  // Takes the nearest pixel of the picture for every pixel of the input.
  void draw_runs(const Segmentations& drawn, int64_t mask, const Letterbox& box, int32_t size) {
    rasterizer_.draw_mask(drawn, mask, runs_);
    if (runs_.empty()) return window_.reset(0, 0, 0, 0);
    int32_t top = runs_[0].y0, bottom = runs_[0].y1;
    for (const Run& run : runs_) {
      top = std::min(top, run.y0);
      bottom = std::max(bottom, run.y1);
    }
    const auto first_at = [size](double edge) { return std::clamp(static_cast<int32_t>(std::ceil(edge - 0.5)), 0, size); };
    const int32_t first_x = first_at(runs_.front().x * box.x_scale + box.left);
    const int32_t stop_x = first_at((runs_.back().x + 1) * box.x_scale + box.left);
    const int32_t first_y = first_at(top * box.y_scale + box.top);
    window_.reset(first_x, first_y, stop_x - first_x, first_at(bottom * box.y_scale + box.top) - first_y);
    std::size_t run = 0;
    for (int32_t x = first_x; x < stop_x; ++x) {
      const auto column = static_cast<int32_t>(std::floor((x + 0.5 - box.left) / box.x_scale));
      while (run < runs_.size() && runs_[run].x < column) ++run;
      for (std::size_t at = run; at < runs_.size() && runs_[at].x == column; ++at) {
        const int32_t stop_y = first_at(runs_[at].y1 * box.y_scale + box.top);
        for (int32_t y = first_at(runs_[at].y0 * box.y_scale + box.top); y < stop_y; ++y) window_.set(x, y);
      }
    }
  }

  // A bilinear reduction by an even factor reads the four pixels in the middle of a block, by an odd one its middle.
  void collect_cells(int32_t stride, int32_t side, std::vector<int32_t>& cells) const {
    const int32_t before = (stride - 1) / 2, after = stride / 2;
    const int32_t first_x = window_.x / stride, stop_x = std::min((window_.x + window_.width) / stride + 1, side);
    const int32_t first_y = window_.y / stride, stop_y = std::min((window_.y + window_.height) / stride + 1, side);
    for (int32_t y = first_y; y < stop_y; ++y) {
      for (int32_t x = first_x; x < stop_x; ++x) {
        const int32_t left = x * stride + before, right = x * stride + after;
        const int32_t upper = y * stride + before, lower = y * stride + after;
        const int set = window_.has(left, upper) + window_.has(right, upper) + window_.has(left, lower) +
                        window_.has(right, lower);
        if (set >= 2) cells.push_back(y * side + x);
      }
    }
  }

  // Gives every cell to the label with the fewest cells; those with as many come in the order of the file.
  void share_cells(int64_t first, int32_t side) {
    order_.resize(cells_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(),
                     [this](std::size_t a, std::size_t b) { return cells_[a].size() > cells_[b].size(); });
    owner_.assign(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), -1);
    for (const std::size_t label : order_) {
      for (const int32_t cell : cells_[label]) owner_[static_cast<std::size_t>(cell)] = first + static_cast<int64_t>(label);
    }
  }

  // The label that holds most of the cells that were another's.
  int64_t find_cover(int64_t mask, const std::vector<int32_t>& cells) {
    others_.clear();
    for (const int32_t cell : cells) {
      if (owner_[static_cast<std::size_t>(cell)] != mask) others_.push_back(owner_[static_cast<std::size_t>(cell)]);
    }
    std::sort(others_.begin(), others_.end());
    int64_t cover = -1;
    std::size_t most = 0;
    for (std::size_t at = 0; at < others_.size();) {
      std::size_t end = at;
      while (end < others_.size() && others_[end] == others_[at]) ++end;
      if (end - at > most) {
        most = end - at;
        cover = others_[at];
      }
      at = end;
    }
    return cover;
  }

  void judge(const Segmentations& drawn, int64_t mask, int64_t first, const Letterbox& box,
             const StrideSettings& settings, int32_t side, StrideColumns& columns) {
    const auto row = static_cast<std::size_t>(mask);
    auto& cells = cells_[static_cast<std::size_t>(mask - first)];
    if (settings.overlap) {
      columns.covered_by[row] = find_cover(mask, cells);
      cells.erase(std::remove_if(cells.begin(), cells.end(),
                                 [&](int32_t cell) { return owner_[static_cast<std::size_t>(cell)] != mask; }),
                  cells.end());
    }
    columns.seen_px[row] = static_cast<int32_t>(cells.size());
    if (cells.empty()) return;
    int32_t left = side, right = 0;
    const int32_t top = cells.front() / side, bottom = cells.back() / side;
    for (const int32_t cell : cells) {
      left = std::min(left, cell % side);
      right = std::max(right, cell % side);
    }
    grid_.reset(right - left + 1, bottom - top + 1);
    for (const int32_t cell : cells) grid_.cell(cell % side - left, cell / side - top) = 1;
    rasterizer_.draw_mask(drawn, mask, runs_);
    grid_.x_slope = box.x_scale / settings.stride;
    grid_.y_slope = box.y_scale / settings.stride;
    grid_.x_shift = (0.5 * box.x_scale + box.left) / settings.stride - 0.5 - left;
    grid_.y_shift = (0.5 * box.y_scale + box.top) / settings.stride - 0.5 - top;
    grid_.draws_half = false;
    crop_to_mask(drawn.width[mask], drawn.height[mask]);
    columns.iou[row] = drawer_.measure_iou(grid_, runs_);
  }

  // A right box cuts off what is drawn beside the label.
  void crop_to_mask(int64_t width, int64_t height) {
    int32_t top = static_cast<int32_t>(height), bottom = 0;
    for (const Run& run : runs_) {
      top = std::min(top, run.y0);
      bottom = std::max(bottom, run.y1);
    }
    grid_.first_x = runs_.empty() ? 0 : runs_.front().x;
    grid_.stop_x = runs_.empty() ? static_cast<int32_t>(width) : runs_.back().x + 1;
    grid_.first_y = top;
    grid_.stop_y = bottom;
  }

  std::vector<std::vector<int32_t>> cells_;  // of each label of the image
  std::vector<std::size_t> order_;
  std::vector<int64_t> owner_, others_;
  PointList joined_, resampled_;
  PolygonFiller filler_;
  PixelWindow window_;
  Rasterizer rasterizer_;
  RunList runs_;
  TargetGrid grid_;
  TargetDrawer drawer_;
};

}  // namespace
}  // namespace maskaudit

// Columns, one row a mask: target_px and seen_px, cells before and after labels cover each other; covered_by, the mask
// that covers most of it, -1 where none does; iou of the mask and its target drawn back. 0 where a mask is not kept.
MASKAUDIT_API maskaudit::Table* maskaudit_stride_targets(
    const double* xy, const int64_t* vertex_start, const int64_t* ring_start, const uint32_t* counts,
    const int64_t* count_start, const int64_t* height, const int64_t* width, const uint8_t* kept,
    const int64_t* image_start, const double* letterbox, int64_t n_masks, int64_t n_images, int64_t input_size,
    int64_t stride, int64_t points, int64_t overlap, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::Segmentations drawn{xy, vertex_start, ring_start, counts, count_start, height, width};
    const maskaudit::StrideSettings settings{static_cast<int32_t>(input_size), static_cast<int32_t>(stride), points,
                                             overlap != 0};
    const auto size = static_cast<std::size_t>(n_masks);
    maskaudit::StrideColumns columns{std::vector<int32_t>(size), std::vector<int32_t>(size),
                                     std::vector<int64_t>(size, -1), std::vector<double>(size)};
    std::vector<maskaudit::StrideWorker> workers(static_cast<std::size_t>(n_threads));
    maskaudit::for_each_item(n_images, static_cast<int>(n_threads), [&](int thread, int64_t image) {
      const double* const row = letterbox + 4 * image;
      workers[static_cast<std::size_t>(thread)].teach_image(drawn, kept, image_start[image], image_start[image + 1],
                                                            {row[0], row[1], row[2], row[3]}, settings, columns);
    });
    table.add("target_px", std::move(columns.target_px));
    table.add("seen_px", std::move(columns.seen_px));
    table.add("covered_by", std::move(columns.covered_by));
    table.add("iou", std::move(columns.iou));
  });
}
