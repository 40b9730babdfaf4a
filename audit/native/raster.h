// Segmentations to runs, pixel for pixel as COCO draws them.
#pragma once

#include "runs.h"

namespace maskaudit {

// The masks of some annotations as they were drawn (audit.dataset.model.Segmentations), passed by guard.
struct Segmentations {
  const double* xy;                  // (vertices, 2)
  const std::int64_t* vertex_start;  // (rings + 1)
  const std::int64_t* ring_start;    // (masks + 1)
  const std::uint32_t* counts;       // COCO's uncompressed run lengths
  const std::int64_t* count_start;   // (masks + 1)
  const std::int64_t* height;        // (masks) of the image
  const std::int64_t* width;
};

// Draws one mask after the other; keeps scratch memory, so one is needed for each thread.
class Rasterizer {
 public:
  // Draws a mask: the union of its rings, or what its run lengths say.
  void draw_mask(const Segmentations& segmentations, std::int64_t mask, RunList& runs);

  // Draws one closed polygon of n vertices.
  void draw_ring(const double* xy, std::int64_t n, std::int32_t height, std::int32_t width, RunList& runs);

 private:
  void scale_points(const double* xy, std::int64_t n);
  void cross_columns(std::size_t edge, std::int32_t height, std::int32_t width);
  void sort_by_column();
  void fill_between(RunList& runs);

  struct Point {
    std::int32_t x, y;
  };
  std::vector<Point> points_;                       // in fifths of a pixel; the first again at the end
  std::int32_t first_column_ = 0;                   // of the ring, inside the image
  std::vector<std::int32_t> column_, row_;          // of each crossing: column after the first, row from which on
  std::vector<std::int32_t> column_start_, sorted_; // the same rows, column by column
  std::vector<std::int32_t> next_;
  RunList ring_;
};

// Reads uncompressed run lengths (column-major, background first).
void read_counts(const std::uint32_t* counts, std::int64_t n, std::int32_t height, RunList& runs);

}  // namespace maskaudit
