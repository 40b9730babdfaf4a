// The rule of rleFrPoly in the COCO API (Lin et al., 2014; maskApi.c): coordinates are multiplied by 5 and
// rounded, every edge is walked in unit steps along its longer axis, and where the walk passes the centre of a
// pixel column it switches the column's pixels on or off from that row on. Here each edge's crossings are
// computed directly instead of walking it.
#include "raster.h"

#include "run_sets.h"
#include "threads.h"

#include <cmath>
#include <cstdlib>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;

constexpr int64_t scale = 5;

// Divides by a positive number and rounds down.
inline int64_t divide_down(int64_t number, int64_t divisor) {
  const int64_t quotient = number / divisor;
  return quotient - (number % divisor < 0);
}

// Columns whose centre line (between 5c + 2 and 5c + 3) lies between two fine columns.
inline int64_t first_crossed(int64_t low) { return std::max<int64_t>(divide_down(low + 2, scale), 0); }
inline int64_t last_crossed(int64_t high, int64_t width) {
  return std::min<int64_t>(divide_down(high - 3, scale), width - 1);
}

// Fine row r is at (r + 0.5) / 5 - 0.5 pixels; the pixel row from which on the switch counts is that rounded
// up, which in whole numbers is (r + 2) // 5.
inline int32_t pixel_row(int64_t fine_row, int32_t height) {
  return static_cast<int32_t>(std::clamp<int64_t>(divide_down(fine_row + 2, scale), 0, height));
}

// The first step of a steep edge that lies on the other side of a line. The estimate is exact but for
// rounding, so the reference's own expression decides between it and its neighbours.
inline int64_t first_step(double xs, double slope, int64_t line) {
  const bool rising = slope > 0;
  const auto passed = [&](double step) { return (static_cast<int64_t>(xs + slope * step + 0.5) > line) == rising; };
  const double estimate = std::max(std::ceil((static_cast<double>(line) + 0.5 - xs) / slope), 1.0);
  if (!passed(estimate)) return static_cast<int64_t>(estimate + 1);
  return static_cast<int64_t>(estimate > 1 && passed(estimate - 1) ? estimate - 1 : estimate);
}

}  // namespace

void Rasterizer::scale_points(const double* xy, int64_t n) {
  points_.resize(static_cast<std::size_t>(n) + 1);
  for (int64_t i = 0; i < n; ++i) {
    points_[static_cast<std::size_t>(i)] = {static_cast<int32_t>(xy[2 * i] * scale + 0.5),
                                            static_cast<int32_t>(xy[2 * i + 1] * scale + 0.5)};
  }
  points_.back() = points_.front();
}

// Notes where an edge crosses the centres of pixel columns.
void Rasterizer::cross_columns(std::size_t edge, int32_t height, int32_t width) {
  Point start = points_[edge], end = points_[edge + 1];
  const int64_t first = first_crossed(std::min(start.x, end.x));
  const int64_t last = last_crossed(std::max(start.x, end.x), width);
  if (last < first) return;
  const int32_t across = std::abs(end.x - start.x), down = std::abs(end.y - start.y);
  const bool flat = across >= down;
  if (flat ? start.x > end.x : start.y > end.y) std::swap(start, end);
  const double slope = static_cast<double>(flat ? end.y - start.y : end.x - start.x) / (flat ? across : down);
  // Flat edges step along x: of the two steps on either side of the line the upper one counts, which is the
  // later one where the edge rises.
  const double origin = start.x - (slope < 0);
  for (int64_t column = first; column <= last; ++column) {
    const int64_t line = scale * column + 2;
    const int64_t fine_row =
        flat ? static_cast<int64_t>(start.y + slope * (static_cast<double>(line) - origin) + 0.5)
             : start.y + first_step(start.x, slope, line) - 1;
    column_.push_back(static_cast<int32_t>(column) - first_column_);
    row_.push_back(pixel_row(fine_row, height));
    ++column_start_[static_cast<std::size_t>(column_.back()) + 1];
  }
}

// Crossings come edge by edge; counting them brings those of a column together.
void Rasterizer::sort_by_column() {
  for (std::size_t column = 1; column < column_start_.size(); ++column) {
    column_start_[column] += column_start_[column - 1];
  }
  next_.assign(column_start_.begin(), column_start_.end() - 1);
  sorted_.resize(row_.size());
  for (std::size_t crossing = 0; crossing < row_.size(); ++crossing) {
    const int32_t place = next_[static_cast<std::size_t>(column_[crossing])]++;
    sorted_[static_cast<std::size_t>(place)] = row_[crossing];
  }
}

// Crossings come in pairs in every column of a ring: between the two of a pair the pixels are on.
void Rasterizer::fill_between(RunList& runs) {
  for (std::size_t column = 0; column + 1 < column_start_.size(); ++column) {
    int32_t* const begin = sorted_.data() + column_start_[column];
    int32_t* const end = sorted_.data() + column_start_[column + 1];
    if (end - begin == 2) {
      if (begin[0] > begin[1]) std::swap(begin[0], begin[1]);
    } else {
      std::sort(begin, end);
    }
    const int32_t x = first_column_ + static_cast<int32_t>(column);
    for (const int32_t* row = begin; row + 1 < end; row += 2) {
      if (row[0] < row[1]) append_joined(runs, {x, row[0], row[1]});
    }
  }
}

void Rasterizer::draw_ring(const double* xy, int64_t n, int32_t height, int32_t width, RunList& runs) {
  runs.clear();
  if (n == 0) return;
  scale_points(xy, n);
  const auto [left, right] =
      std::minmax_element(points_.begin(), points_.end(), [](Point p, Point q) { return p.x < q.x; });
  const int64_t first = first_crossed(left->x), last = last_crossed(right->x, width);
  if (last < first) return;
  first_column_ = static_cast<int32_t>(first);
  column_start_.assign(static_cast<std::size_t>(last - first) + 2, 0);
  column_.clear();
  row_.clear();
  for (std::size_t edge = 0; edge + 1 < points_.size(); ++edge) cross_columns(edge, height, width);
  sort_by_column();
  fill_between(runs);
}

void Rasterizer::draw_mask(const Segmentations& drawn, int64_t mask, RunList& runs) {
  const auto height = static_cast<int32_t>(drawn.height[mask]), width = static_cast<int32_t>(drawn.width[mask]);
  const int64_t first_ring = drawn.ring_start[mask], rings_end = drawn.ring_start[mask + 1];
  read_counts(drawn.counts + drawn.count_start[mask], drawn.count_start[mask + 1] - drawn.count_start[mask], height,
              runs);
  for (int64_t ring = first_ring; ring < rings_end; ++ring) {
    const int64_t begin = drawn.vertex_start[ring];
    draw_ring(drawn.xy + 2 * begin, drawn.vertex_start[ring + 1] - begin, height, width, ring_);
    runs.insert(runs.end(), ring_.begin(), ring_.end());
  }
  if (rings_end - first_ring > 1) unite_strips(runs);
}

void read_counts(const std::uint32_t* counts, int64_t n, int32_t height, RunList& runs) {
  runs.clear();
  int64_t begin = 0;
  for (int64_t at = 0; at < n; ++at) {
    const int64_t end = begin + counts[at];
    if (at % 2 == 1 && begin < end) {  // a long run goes on in the next columns
      const int64_t last_column = (end - 1) / height;
      for (int64_t x = begin / height; x <= last_column; ++x) {
        runs.push_back({static_cast<int32_t>(x), static_cast<int32_t>(std::max<int64_t>(begin - x * height, 0)),
                        static_cast<int32_t>(std::min<int64_t>(end - x * height, height))});
      }
    }
    begin = end;
  }
}

}  // namespace maskaudit

// Columns: mask, x, y0, y1, the runs of the chosen masks, numbered in their order. A mask has rings, run lengths, or
// neither; height and width are those of the chosen ones.
MASKAUDIT_API maskaudit::Table* maskaudit_decode_masks(
    const double* xy, const int64_t* vertex_start, const int64_t* ring_start, const uint32_t* counts,
    const int64_t* count_start, const int64_t* chosen, const int64_t* height, const int64_t* width, int64_t n_masks,
    int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    constexpr int64_t masks_a_part = 256;
    const int64_t n_parts = (n_masks + masks_a_part - 1) / masks_a_part;
    std::vector<maskaudit::RunTable> parts(static_cast<std::size_t>(n_parts));
    std::vector<maskaudit::Rasterizer> rasterizers(static_cast<std::size_t>(n_threads));
    std::vector<maskaudit::RunList> runs(static_cast<std::size_t>(n_threads));
    maskaudit::for_each_item(n_parts, static_cast<int>(n_threads), [&](int thread, int64_t part) {
      const auto worker = static_cast<std::size_t>(thread);
      const int64_t end = std::min(n_masks, (part + 1) * masks_a_part);
      for (int64_t mask = part * masks_a_part; mask < end; ++mask) {
        // The chosen one as the first of all: nothing has to be copied together.
        const int64_t from = chosen[mask];
        const maskaudit::Segmentations drawn{xy,     vertex_start,       ring_start + from, counts, count_start + from,
                                             height + mask, width + mask};
        rasterizers[worker].draw_mask(drawn, 0, runs[worker]);
        parts[static_cast<std::size_t>(part)].append(mask, runs[worker]);
      }
    });
    maskaudit::RunTable::add_columns(table, std::move(parts));
  });
}
