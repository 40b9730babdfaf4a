// What the pixels of a mask sum up to between parallel lines, and in the bands along them.
#pragma once

#include "trigonometry.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace maskaudit {

constexpr int n_lines = 9;  // parallel lines that are laid through a mask

// How many pixels, and the sum of their values.
struct Sums {
  double number = 0, total = 0;
  void add(double value) {
    number += 1;
    total += value;
  }
  double mean() const { return total / std::max(number, 1.0); }
  Sums without(const Sums& part) const { return {number - part.number, total - part.total}; }
};

// Pixels that lines are laid through: places, and values in units of the mask's contrast.
struct LinePoints {
  std::vector<double> x, y, value;
  std::size_t size() const { return x.size(); }
  void clear() {
    x.clear();
    y.clear();
    value.clear();
  }
};

// Sums of pixels by the lines of one direction; line 0 comes first along the normal.
class LineSums {
 public:
  static constexpr std::size_t most_points = 255;  // counts are kept in bytes

  // Sums up what lies between each two lines, and within half_band of each. The lines stand upright on the normal and
  // lie at even distances around (x, y), the outermost at a share of the farthest pixel's distance.
  void sum(const LinePoints& points, double x, double y, Direction normal, double half_band, double outermost_share);

  std::array<Sums, n_lines + 1> between;  // k: the pixels behind k lines
  std::array<Sums, n_lines> band_before, band_behind;

 private:
  std::vector<double> distance_;
  std::vector<std::int32_t> n_before_, low_, high_;  // lines below each point, and below it moved by half a band
};

}  // namespace maskaudit
