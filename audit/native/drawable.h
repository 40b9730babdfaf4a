// Whether a segmentation can be drawn as it stands: nearly all can, and need no closer look.
//
// What passes here has no fault that audit/loaders/segmentations.py reports, but for those that depend on the image.
// What does not pass may still be without fault: Python looks at it again, and says what is wrong.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace maskaudit {

class DrawLimits {
 public:
  // In the order of audit.geometry.guard.DRAW_LIMITS.
  explicit DrawLimits(const std::int64_t* limits)
      : least_points_(limits[0]),
        most_coordinate_(static_cast<double>(limits[1])),
        most_length_(static_cast<double>(limits[2])),
        most_vertices_(limits[3]),
        most_parts_(limits[4]),
        most_side_(limits[5]),
        most_pixels_(limits[6]),
        most_run_(limits[7]) {}

  // The rings of one annotation, end to end; ring_size counts numbers, two a vertex.
  bool pass_rings(const double* coordinates, const std::int64_t* ring_size, std::size_t n_rings) const {
    if (n_rings == 0 || static_cast<std::int64_t>(n_rings) > most_parts_) return false;
    double length = 0;
    std::int64_t vertices = 0;
    for (std::size_t ring = 0; ring < n_rings; ++ring) {
      const std::int64_t size = ring_size[ring];
      if (size % 2 != 0 || size < 2 * least_points_) return false;
      const double* previous = coordinates + size - 2;
      for (const double* vertex = coordinates; vertex < coordinates + size; vertex += 2) {
        // Not written as "beyond": NaN is not within either.
        if (!(std::abs(vertex[0]) <= most_coordinate_ && std::abs(vertex[1]) <= most_coordinate_)) return false;
        length += std::max(std::abs(vertex[0] - previous[0]), std::abs(vertex[1] - previous[1]));
        previous = vertex;
      }
      coordinates += size;
      vertices += size / 2;
    }
    // Far below the limit, so that no order of adding matters.
    return length <= most_length_ / 2 && vertices <= most_vertices_;
  }

  // Run lengths of one mask, background first.
  bool pass_counts(const std::int64_t* counts, std::size_t n_counts, std::int64_t height, std::int64_t width) const {
    if (height <= 0 || width <= 0 || height > most_side_ || width > most_side_ || height * width > most_pixels_)
      return false;
    if (n_counts < 2) return false;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < n_counts; ++k) {
      if (counts[k] < (k > 0) || counts[k] > most_run_) return false;
      sum += counts[k];
    }
    return sum == height * width;
  }

 private:
  std::int64_t least_points_;
  double most_coordinate_, most_length_;
  std::int64_t most_vertices_, most_parts_, most_side_, most_pixels_, most_run_;
};

}  // namespace maskaudit
