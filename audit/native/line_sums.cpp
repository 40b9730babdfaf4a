// Sums between parallel lines, without a branch in the loops: whether a pixel lies behind a line is as good as random,
// and a wrong guess costs a processor more than all additions.
#include "line_sums.h"

#include "wide.h"

#include <cmath>
#include <cstring>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::size_t;
using std::uint8_t;

constexpr int n_lanes = 12;   // sums that are added side by side: those of the lines, and some that are never read
constexpr int n_counts = 16;  // the same of counts

// Rows are numbers of lines. Lane j of `below` says whether that is more than j, of `equal` whether it is j, by the
// bits of a number that are kept; of `up_to` whether it is j or less, by what is counted.
struct LaneMasks {
  int64_t below[n_lines + 1][n_lanes], equal[n_lines + 1][n_lanes];
  uint8_t up_to[n_lines + 1][n_counts];
};

constexpr LaneMasks make_masks() {
  LaneMasks masks{};
  for (int number = 0; number <= n_lines; ++number)
    for (int lane = 0; lane < n_lanes; ++lane) {
      masks.below[number][lane] = lane < number ? -1 : 0;
      masks.equal[number][lane] = lane == number ? -1 : 0;
    }
  for (int number = 0; number <= n_lines; ++number)
    for (int lane = 0; lane < n_counts; ++lane) masks.up_to[number][lane] = number <= lane;
  return masks;
}

constexpr LaneMasks lane_masks = make_masks();

// Compilers make of these what the processor has.
typedef double Doubles __attribute__((vector_size(32)));
typedef int64_t Bits __attribute__((vector_size(32)));
typedef int32_t Integers __attribute__((vector_size(16)));
typedef uint8_t Counts __attribute__((vector_size(n_counts), aligned(1), may_alias));
constexpr int n_points_at_a_time = 4, lanes_each = 4, n_vectors = n_lanes / lanes_each;

// Sums of values by lane. What a lane leaves out is added as 0, which changes no digit.
struct Totals {
  double between[n_lanes], band_behind[n_lanes], band_before[n_lanes];
};

MASKAUDIT_WIDE void sum_values(const double* values, const int32_t* low, const int32_t* middle, const int32_t* high,
                               size_t n_points, Totals& totals) {
  Doubles between[n_vectors] = {}, behind[n_vectors] = {}, before[n_vectors] = {};
  for (size_t k = 0; k < n_points; ++k) {
    const Bits bits = reinterpret_cast<Bits>(Doubles{values[k], values[k], values[k], values[k]});
    for (int v = 0; v < n_vectors; ++v) {
      Bits equal, below_low, below_middle, below_high;
      std::memcpy(&equal, lane_masks.equal[middle[k]] + lanes_each * v, sizeof equal);
      std::memcpy(&below_low, lane_masks.below[low[k]] + lanes_each * v, sizeof below_low);
      std::memcpy(&below_middle, lane_masks.below[middle[k]] + lanes_each * v, sizeof below_middle);
      std::memcpy(&below_high, lane_masks.below[high[k]] + lanes_each * v, sizeof below_high);
      between[v] += reinterpret_cast<Doubles>(bits & equal);
      behind[v] += reinterpret_cast<Doubles>(bits & below_middle & ~below_low);
      before[v] += reinterpret_cast<Doubles>(bits & below_high & ~below_middle);
    }
  }
  std::memcpy(totals.between, between, sizeof between);
  std::memcpy(totals.band_behind, behind, sizeof behind);
  std::memcpy(totals.band_before, before, sizeof before);
}

// Counts for each number of lines how many points have as many or fewer.
MASKAUDIT_WIDE void count_up_to(const int32_t* lines, size_t n_points, uint8_t* counts) {
  Counts even = {}, odd = {};  // two, so that an addition need not wait for the one before it
  size_t k = 0;
  for (; k + 1 < n_points; k += 2) {
    even += *reinterpret_cast<const Counts*>(lane_masks.up_to[lines[k]]);
    odd += *reinterpret_cast<const Counts*>(lane_masks.up_to[lines[k + 1]]);
  }
  if (k < n_points) even += *reinterpret_cast<const Counts*>(lane_masks.up_to[lines[k]]);
  *reinterpret_cast<Counts*>(counts) = even + odd;
}

// Writes how far each point lies along the normal; returns how far the farthest does, in either direction.
MASKAUDIT_WIDE double measure_distances(const LinePoints& points, double x, double y, Direction normal,
                                        double* distance) {
  const double *point_x = points.x.data(), *point_y = points.y.data();
  const size_t n_points = points.size();
  for (size_t k = 0; k < n_points; ++k) distance[k] = (point_x[k] - x) * normal.x + (point_y[k] - y) * normal.y;
  double farthest[n_points_at_a_time] = {};
  for (size_t k = 0; k < n_points; ++k) {
    double& lane = farthest[k % n_points_at_a_time];
    lane = std::max(lane, std::abs(distance[k]));
  }
  return *std::max_element(farthest, farthest + n_points_at_a_time);
}

// Counts the lines 0, 1 ... n_lines - 1 that lie below each place. Line j lies at j; a point lies behind those below
// its place. Arrays are filled in whole vectors.
MASKAUDIT_WIDE void count_lines_below(const double* distance, size_t n_points, double first, double by_spacing,
                                      double shift, int32_t* lines) {
  const Doubles all = {n_lines, n_lines, n_lines, n_lines};
  for (size_t k = 0; k < n_points; k += n_points_at_a_time) {
    Doubles place;
    std::memcpy(&place, distance + k, sizeof place);
    place = (place - first) * by_spacing + shift;
    const Bits above_none = reinterpret_cast<Bits>(place) & (place > 0), is_below_all = place < all;
    place = reinterpret_cast<Doubles>((above_none & is_below_all) | (reinterpret_cast<Bits>(all) & ~is_below_all));
    Integers whole = __builtin_convertvector(place, Integers);
    whole -= __builtin_convertvector(__builtin_convertvector(whole, Doubles) < place, Integers);
    std::memcpy(lines + k, &whole, sizeof whole);
  }
}

}  // namespace

void LineSums::sum(const LinePoints& points, double x, double y, Direction normal, double half_band,
                   double outermost_share) {
  const size_t n_points = points.size();
  const size_t padded = (n_points + n_points_at_a_time - 1) / n_points_at_a_time * n_points_at_a_time;
  distance_.resize(padded);
  for (std::vector<int32_t>* lines : {&n_before_, &low_, &high_}) lines->resize(padded);
  const double half = measure_distances(points, x, y, normal, distance_.data()), first = -outermost_share * half;
  const double by_spacing = (n_lines - 1) / std::max(2 * outermost_share * half, 1e-9);
  const double reach = half_band * by_spacing;
  count_lines_below(distance_.data(), n_points, first, by_spacing, 0.0, n_before_.data());
  count_lines_below(distance_.data(), n_points, first, by_spacing, -reach, low_.data());
  count_lines_below(distance_.data(), n_points, first, by_spacing, reach, high_.data());
  Totals totals;
  sum_values(points.value.data(), low_.data(), n_before_.data(), high_.data(), n_points, totals);
  uint8_t up_to_low[n_counts], up_to_middle[n_counts], up_to_high[n_counts];
  count_up_to(low_.data(), n_points, up_to_low);
  count_up_to(n_before_.data(), n_points, up_to_middle);
  count_up_to(high_.data(), n_points, up_to_high);
  for (size_t k = 0; k <= n_lines; ++k)
    between[k] = {static_cast<double>(up_to_middle[k] - (k ? up_to_middle[k - 1] : 0)), totals.between[k]};
  for (size_t k = 0; k < n_lines; ++k) {
    band_behind[k] = {static_cast<double>(up_to_low[k] - up_to_middle[k]), totals.band_behind[k]};
    band_before[k] = {static_cast<double>(up_to_middle[k] - up_to_high[k]), totals.band_before[k]};
  }
}

}  // namespace maskaudit
