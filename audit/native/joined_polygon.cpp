// Joins, resamples and fills polygons as Ultralytics does: merge_multi_segment (data/converter.py),
// resample_segments (utils/ops.py), and cv2.fillPoly in polygon2mask (data/utils.py).
#include "joined_polygon.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace maskaudit {

using std::int32_t;
using std::int64_t;

namespace {

// Where two polygons come nearest: the first such pair of vertices.
std::pair<std::size_t, std::size_t> nearest_vertices(const PointList& a, const PointList& b) {
  std::pair<std::size_t, std::size_t> nearest{0, 0};
  double least = -1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      const double dx = a[i].x - b[j].x, dy = a[i].y - b[j].y, distance = dx * dx + dy * dy;
      if (least < 0 || distance < least) {
        least = distance;
        nearest = {i, j};
      }
    }
  }
  return nearest;
}

struct Part {
  PointList points;
  std::size_t enter = 0, leave = 0;  // vertices that the lines to its neighbours begin at
};

// Turns a part so that it begins where the line from the part before arrives, and closes it.
void open_part(Part& part, bool has_two_lines) {
  if (has_two_lines && part.enter > part.leave) {
    // The converter turns the part round but keeps the numbers of its vertices: so do we.
    std::swap(part.enter, part.leave);
    std::reverse(part.points.begin(), part.points.end());
  }
  std::rotate(part.points.begin(), part.points.begin() + static_cast<std::ptrdiff_t>(part.enter),
              part.points.end());
  part.points.push_back(part.points.front());
}

}  // namespace

void join_rings(const double* xy, const int64_t* vertex_start, int64_t first, int64_t stop, PointList& joined) {
  joined.clear();
  std::vector<Part> parts;
  for (int64_t ring = first; ring < stop; ++ring) {
    Part part;
    for (int64_t vertex = vertex_start[ring]; vertex < vertex_start[ring + 1]; ++vertex) {
      part.points.push_back({xy[2 * vertex], xy[2 * vertex + 1]});
    }
    if (!part.points.empty()) parts.push_back(std::move(part));
  }
  if (parts.size() < 2) {
    if (!parts.empty()) joined = std::move(parts.front().points);
    return;
  }
  const std::size_t last = parts.size() - 1;
  for (std::size_t number = 1; number <= last; ++number) {
    const auto [here, there] = nearest_vertices(parts[number - 1].points, parts[number].points);
    // The first part has one line only, and is opened at it.
    (number == 1 ? parts[0].enter : parts[number - 1].leave) = here;
    parts[number].enter = there;
  }
  for (std::size_t number = 0; number <= last; ++number) {
    Part& part = parts[number];
    const bool is_middle = number > 0 && number < last;
    open_part(part, is_middle);
    const auto count = is_middle ? static_cast<std::ptrdiff_t>(part.leave - part.enter + 1)
                                 : static_cast<std::ptrdiff_t>(part.points.size());
    joined.insert(joined.end(), part.points.begin(), part.points.begin() + count);
  }
  for (std::size_t number = last - 1; number > 0; --number) {  // and back along the other sides
    const Part& part = parts[number];
    joined.insert(joined.end(), part.points.begin() + static_cast<std::ptrdiff_t>(part.leave - part.enter),
                  part.points.end());
  }
}

void resample_polygon(const PointList& polygon, std::size_t number, PointList& resampled) {
  resampled.clear();
  if (polygon.empty()) return;
  if (polygon.size() == number) {
    resampled = polygon;
    return;
  }
  const std::size_t closed = polygon.size() + 1;
  // Where there is room, the vertices stay and further points come between them.
  const std::size_t samples = closed < number ? number - closed : number;
  const double step = samples > 1 ? static_cast<double>(closed - 1) / static_cast<double>(samples - 1) : 0;
  std::size_t vertex = 0;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const double place = std::min(static_cast<double>(sample) * step, static_cast<double>(closed - 1));
    if (closed < number) {
      for (; vertex < closed && static_cast<double>(vertex) <= place; ++vertex) {
        resampled.push_back(polygon[vertex % polygon.size()]);
      }
    }
    const auto before = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(before);
    const PlanePoint a = polygon[before % polygon.size()], b = polygon[(before + 1) % polygon.size()];
    resampled.push_back({a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share});
  }
}

void PolygonFiller::fill(const PointList& polygon, PixelWindow& window) {
  corners_.clear();
  for (const PlanePoint& point : polygon) {
    const Corner corner{static_cast<int32_t>(point.x), static_cast<int32_t>(point.y)};
    if (corners_.empty() || corner.x != corners_.back().x || corner.y != corners_.back().y) {
      corners_.push_back(corner);
    }
  }
  if (corners_.empty()) return window.reset(0, 0, 0, 0);
  int32_t left = corners_[0].x, right = left, top = corners_[0].y, bottom = top;
  for (const Corner& corner : corners_) {
    left = std::min(left, corner.x);
    right = std::max(right, corner.x);
    top = std::min(top, corner.y);
    bottom = std::max(bottom, corner.y);
  }
  window.reset(left, top, right - left + 1, bottom - top + 1);
  corners_.push_back(corners_.front());
  fill_rows(window);
  draw_rim(window);
}

// Lines of pixels that touch at least at their corners.
void PolygonFiller::draw_rim(PixelWindow& window) const {
  for (std::size_t at = 0; at + 1 < corners_.size(); ++at) {
    const Corner a = corners_[at], b = corners_[at + 1];
    const int32_t dx = b.x - a.x, dy = b.y - a.y, steps = std::max(std::abs(dx), std::abs(dy));
    window.set(a.x, a.y);
    for (int32_t step = 1; step <= steps; ++step) {
      const double share = static_cast<double>(step) / steps;
      window.set(a.x + static_cast<int32_t>(std::lround(share * dx)),
                 a.y + static_cast<int32_t>(std::lround(share * dy)));
    }
  }
}

void PolygonFiller::fill_rows(PixelWindow& window) {
  row_start_.assign(static_cast<std::size_t>(window.height) + 2, 0);
  for (std::size_t at = 0; at + 1 < corners_.size(); ++at) {
    const int32_t top = std::min(corners_[at].y, corners_[at + 1].y) - window.y;
    const int32_t bottom = std::max(corners_[at].y, corners_[at + 1].y) - window.y;
    for (int32_t row = top; row < bottom; ++row) ++row_start_[static_cast<std::size_t>(row) + 2];
  }
  for (std::size_t row = 2; row < row_start_.size(); ++row) row_start_[row] += row_start_[row - 1];
  crossings_.resize(static_cast<std::size_t>(row_start_.back()));
  for (std::size_t at = 0; at + 1 < corners_.size(); ++at) {
    Corner a = corners_[at], b = corners_[at + 1];
    if (a.y > b.y) std::swap(a, b);
    for (int32_t y = a.y; y < b.y; ++y) {
      int32_t& next = row_start_[static_cast<std::size_t>(y - window.y) + 1];
      crossings_[static_cast<std::size_t>(next++)] =
          a.x + static_cast<double>(b.x - a.x) * (y - a.y) / static_cast<double>(b.y - a.y);
    }
  }
  for (int32_t row = 0; row < window.height; ++row) {
    double* const begin = crossings_.data() + row_start_[static_cast<std::size_t>(row)];
    double* const end = crossings_.data() + row_start_[static_cast<std::size_t>(row) + 1];
    std::sort(begin, end);
    for (const double* x = begin; x + 1 < end; x += 2) {
      const auto first = static_cast<int32_t>(std::ceil(x[0])), last = static_cast<int32_t>(std::floor(x[1]));
      for (int32_t column = first; column <= last; ++column) window.set(column, row + window.y);
    }
  }
}

}  // namespace maskaudit
