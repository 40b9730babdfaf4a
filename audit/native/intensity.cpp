// How bright the pixels of masks are on both sides of a line.
#include "runs.h"
#include "table.h"

#include <cstdint>
#include <vector>

// Columns: number, sum, squares, (n_masks, 2) of the pixels before and behind each mask's line, as the mean of their
// channels; picture: (height, width, channels). points, normals: (n_masks, 2) x and y, a point of the line and what
// stands upright on it. Pixels are added up run by run, so that no thread changes a digit.
MASKAUDIT_API maskaudit::Table* maskaudit_sum_intensities(
    const std::int64_t* start, const std::int32_t* x, const std::int32_t* y0, const std::int32_t* y1,
    std::int64_t n_masks, const std::uint8_t* picture, std::int64_t width, std::int64_t channels, const double* points,
    const double* normals) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<double> number(static_cast<std::size_t>(2 * n_masks)), sum(number), squares(number);
    for (std::int64_t mask = 0; mask < n_masks; ++mask) {
      const double *point = points + 2 * mask, *normal = normals + 2 * mask;
      for (std::int64_t run = start[mask]; run < start[mask + 1]; ++run) {
        const double along = (x[run] + 0.5 - point[0]) * normal[0];
        for (std::int64_t y = y0[run]; y < y1[run]; ++y) {
          const std::uint8_t* pixel = picture + (y * width + x[run]) * channels;
          std::int64_t total = 0;
          for (std::int64_t c = 0; c < channels; ++c) total += pixel[c];
          const double value = static_cast<double>(total) / static_cast<double>(channels);
          const double upright = along + (static_cast<double>(y) + 0.5 - point[1]) * normal[1];
          const auto side = static_cast<std::size_t>(2 * mask + (upright > 0));
          number[side] += 1;
          sum[side] += value;
          squares[side] += value * value;
        }
      }
    }
    table.add("number", std::move(number));
    table.add("sum", std::move(sum));
    table.add("squares", std::move(squares));
  });
}
