#include "tile_moments.h"

#include "bits.h"
#include "wide.h"

#include <cmath>

namespace maskaudit {

MASKAUDIT_WIDE MomentSums MomentSums::of_spans(const std::int16_t* column, const std::int16_t* low,
                                               const std::int16_t* high, int spans) {
  // n rows around a middle m sum to n m, and their squares to n m^2 + n (n^2 - 1) / 12. Twice the middle is a whole
  // number, so that everything but the last step is a sum of products of small numbers, which compilers do eight
  // at a time.
  std::int32_t cells = 0, x = 0, xx = 0, twice_y = 0, twice_xy = 0, four_nmm = 0, cubes = 0;
  for (int span = 0; span < spans; ++span) {
    const auto n = static_cast<std::int16_t>(high[span] - low[span]);
    const auto twice_middle = static_cast<std::int16_t>(low[span] + high[span] - 1);
    const auto n_x = static_cast<std::int16_t>(n * column[span]);
    const auto n_middle = static_cast<std::int16_t>(n * twice_middle);
    const auto n_squared = static_cast<std::int16_t>(n * n);
    cells += n;
    x += n_x;
    xx += n_x * column[span];
    twice_y += n_middle;
    twice_xy += n_middle * column[span];
    four_nmm += n_middle * twice_middle;
    cubes += n_squared * n;
  }
  return {cells, x, xx, twice_y / 2, twice_xy / 2, (3 * four_nmm + cubes - cells) / 12};
}

double MomentSums::ellipse_area() const {
  const double n = std::max(cells, 1), mean_x = x / n, mean_y = y / n;
  const double covariance = xy / n - mean_x * mean_y;
  const double determinant =
      (xx / n - mean_x * mean_x + 1.0 / 12) * (yy / n - mean_y * mean_y + 1.0 / 12) - covariance * covariance;
  return 4 * 3.141592653589793 * std::sqrt(std::max(determinant, 0.0));
}

Moments Moments::of(const MomentSums& sums) {
  const double n = std::max(sums.cells, 1), x = sums.x / n, y = sums.y / n;
  const double cell = sums.cells > 0 ? 1.0 / 12 : 0;
  return {static_cast<float>(sums.cells),
          static_cast<float>(x),
          static_cast<float>(y),
          static_cast<float>(sums.xx / n - x * x + cell),
          static_cast<float>(sums.xy / n - x * y),
          static_cast<float>(sums.yy / n - y * y + cell)};
}

// Half the difference between the variances along the two axes.
static float half_difference(const Moments& moments) {
  const double across = (moments.xx - moments.yy) / 2, along = moments.xy;
  return static_cast<float>(std::sqrt(across * across + along * along));
}

float Moments::major_axis() const { return 4 * std::sqrt((xx + yy) / 2 + half_difference(*this)); }

float Moments::minor_axis() const {
  return 4 * std::sqrt(std::max((xx + yy) / 2 - half_difference(*this), 0.0f));
}

Spans::Spans(const Tile& tile) {
  for (int x = 0; x < tile.columns; ++x) {
    for (std::uint64_t left = tile.words[x]; left != 0;) {
      // Adding the lowest bit carries through the span, into the row after it.
      const std::uint64_t carried = left + (left & (~left + 1));
      column[count] = static_cast<std::int16_t>(x);
      low[count] = static_cast<std::int16_t>(lowest_bit(left));
      high[count] = static_cast<std::int16_t>(carried ? lowest_bit(carried) : tile_side);
      ++count;
      left &= carried;
    }
  }
}

MomentSums Spans::sum() const { return MomentSums::of_spans(column, low, high, count); }

MASKAUDIT_WIDE MomentSums Spans::sum_above(const Line& line) const {
  std::int16_t cut[most];
  for (int span = 0; span < count; ++span) {
    const auto row = static_cast<std::int16_t>(line.first_row_behind(column[span]));
    cut[span] = std::min(std::max(row, low[span]), high[span]);
  }
  return MomentSums::of_spans(column, low, cut, count);
}

// A row of a tile, or the first one outside of it: floats far outside do not fit an int.
static float near_tile(float row) { return std::min(std::max(row, -1.0f), tile_side + 1.0f); }

MASKAUDIT_WIDE float Spans::count_inside(const Moments& ellipse, float area) const {
  const float determinant = std::sqrt(std::max(ellipse.xx * ellipse.yy - ellipse.xy * ellipse.xy, 1e-6f));
  const float wide = std::max(ellipse.xx, 1e-3f);
  // The ellipse holds the points whose squared distance, in standard deviations, is at most this.
  const float squared = area / (3.14159265f * determinant);
  const float stretch = determinant * determinant / wide, slope = ellipse.xy / wide;
  int inside = 0;
  for (int span = 0; span < count; ++span) {
    const float offset = static_cast<float>(column[span]) - ellipse.x;
    const float left = offset * offset / -wide + squared;
    // A column beside the ellipse gets the rows from one behind its middle to one before.
    const float half = left < 0 ? -1 : std::sqrt(left * stretch);
    const float middle = offset * slope + ellipse.y;
    const float top = near_tile(middle - half), bottom = near_tile(middle + half);
    // Rounded up and down by hand: std::ceil and std::floor are calls on older CPUs.
    int first = static_cast<int>(top), last = static_cast<int>(bottom);
    first += static_cast<float>(first) < top;
    last -= static_cast<float>(last) > bottom;
    inside += std::max(std::min<int>(last + 1, high[span]) - std::max<int>(first, low[span]), 0);
  }
  return static_cast<float>(inside);
}

float Spans::misfit(const Moments& moments) const {
  if (moments.area <= 0) return 0;
  const float shared = count_inside(moments, moments.area);
  return 1 - shared / std::max(2 * moments.area - shared, 1.0f);
}

}  // namespace maskaudit
