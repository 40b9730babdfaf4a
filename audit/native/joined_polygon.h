// Polygons as a trainer of one polygon a label takes them: parts joined by lines, resampled, filled with their rim.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

struct PlanePoint {
  double x, y;
};
using PointList = std::vector<PlanePoint>;

// Joins the rings [first, stop) at their nearest vertices, there and back, as Ultralytics' converter does.
void join_rings(const double* xy, const std::int64_t* vertex_start, std::int64_t first, std::int64_t stop,
                PointList& joined);

// Adds points along the edges of a closed polygon, so that it has `number` of them.
void resample_polygon(const PointList& polygon, std::size_t number, PointList& resampled);

// Pixels of a part of an image.
struct PixelWindow {
  std::int32_t x = 0, y = 0, width = 0, height = 0;
  std::vector<std::uint8_t> pixels;  // row by row

  void reset(std::int32_t new_x, std::int32_t new_y, std::int32_t new_width, std::int32_t new_height) {
    x = new_x;
    y = new_y;
    width = new_width;
    height = new_height;
    pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
  }
  bool has(std::int32_t column, std::int32_t row) const {
    column -= x;
    row -= y;
    return column >= 0 && row >= 0 && column < width && row < height &&
           pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(column)] != 0;
  }
  void set(std::int32_t column, std::int32_t row) {
    pixels[static_cast<std::size_t>(row - y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(column - x)] = 1;
  }
};

// Fills polygons by the even-odd rule, their rim included, as OpenCV's fillPoly does; keeps scratch memory.
class PolygonFiller {
 public:
  // Coordinates are cut to whole pixels towards zero, and lie within the image.
  void fill(const PointList& polygon, PixelWindow& window);

 private:
  struct Corner {
    std::int32_t x, y;
  };
  void draw_rim(PixelWindow& window) const;
  void fill_rows(PixelWindow& window);

  std::vector<Corner> corners_;
  std::vector<std::int32_t> row_start_;
  std::vector<double> crossings_;
};

}  // namespace maskaudit
