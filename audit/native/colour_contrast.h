// How objects stand out of their background: the colour along which the two differ most, and medians along it.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

// Cells of a coloured picture, `channels` bytes each, and which of them are objects' and which are background; neither may be
// empty, and there are at most 2^23 cells: all sums are whole numbers below 2^63.
struct ColourCells {
  const std::uint8_t* values;
  std::int64_t channels;
  const std::vector<std::uint8_t>&is_object, &is_background;
};

// Counts how often each of the 256 values stands in a cell of a set, which hold 1, the others 0; of at most 2^23 cells.
std::vector<std::int64_t> count_greys(const std::uint8_t* values, const std::vector<std::uint8_t>& is_member);

// The direction in which objects and background differ most, one number a channel (Fisher's linear discriminant).
// Along it objects are brighter; its length is 1, or 0 where nothing differs.
std::vector<double> find_direction(const ColourCells& cells);

// The same of one channel, from how often each of the 256 values stands in either set: 1, -1 or 0.
double find_grey_direction(const std::vector<std::int64_t>& object_counts,
                           const std::vector<std::int64_t>& background_counts);

// Writes how far the colours of some cells lie along a direction, and greys along theirs.
void project_colours(const std::uint8_t* colours, std::int64_t n_cells, const double* direction, double* brightness);
void project_greys(const std::uint8_t* greys, std::int64_t n_cells, double direction, double* brightness);

// The median; of an even number of values the mean of both middle ones. Reorders them.
double find_median(std::vector<double>& values);

// Values, and how often each comes; without counts, each once.
struct ValueCounts {
  std::vector<double> values;
  std::vector<std::int64_t> counts;

  // The same as that of all values written out. Reorders values that have no counts.
  double find_median();
};

// The value below which a share of the others lie, by linear interpolation. Sorts them.
double find_quantile(std::vector<double>& values, double share);

}  // namespace maskaudit
