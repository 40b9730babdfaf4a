// How polygons were drawn: their vertices, spikes, repeated points, and which rings need a closer look.
#pragma once

#include "simple_rings.h"
#include "table.h"

#include <cmath>
#include <limits>

namespace maskaudit {

// What the polygons of one mask look like; columns of the instances table.
struct PolygonMeasures {
  std::int64_t rings = 0, vertices = 0;  // closing points not counted
  double outline_px = 0, longest_edge_px = 0;
  std::int64_t spikes = 0, repeated_points = 0, zero_area_rings = 0;
  std::int64_t outside_vertices = 0;
  double outside_px = 0;  // how far the farthest vertex lies outside the image
  double max_abs_coordinate = std::numeric_limits<double>::quiet_NaN();
};

// What is known of the area that one ring encloses.
enum class RingState : std::uint8_t {
  empty = 0,   // too few points, or all on one line
  simple = 1,  // surely a valid polygon
  unsure = 2,  // it may touch or cross itself
};

struct RingFacts {
  RingState state = RingState::empty;
  bool has_spikes = false;
  double left = 0, right = 0, top = 0, bottom = 0;
};

struct ImageSize {
  std::int64_t height, width;
};

// Describes one ring after the other; keeps scratch memory, so one is needed for each thread.
class RingMeasurer {
 public:
  // Adds what a ring of n points (x, y) looks like to the measures of its mask.
  RingFacts measure(const double* xy, std::int64_t n, ImageSize image, PolygonMeasures& mask);

 private:
  bool open_ring(const double* xy, std::int64_t n);
  void measure_edges(bool is_closed, PolygonMeasures& mask);
  void measure_places(ImageSize image, PolygonMeasures& mask, RingFacts& facts) const;
  bool has_area() const;
  std::int64_t count_spikes() const;

  std::vector<Point> ring_;      // without the closing point
  std::vector<Point> distinct_;  // without points that equal the next one
  SimpleRingTest simple_test_;
};

}  // namespace maskaudit
