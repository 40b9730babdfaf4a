// Which polygons and run lengths are safe to be drawn (audit/geometry/guard.py says what the limits are for).
#include "table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using std::int64_t;
using std::size_t;
using std::uint64_t;
using std::uint8_t;

// Values of audit.geometry.guard.PolygonFault and CountsFault.
enum PolygonFault : uint8_t { ring_ok, too_few, nonfinite, out_of_range };
enum CountsFault : uint8_t { counts_ok, empty, negative, too_long, wrong_sum };

// The longer side of an edge's box; NaN where an end is not finite, which a comparison alone would hide.
double edge_length(const double* from, const double* to) {
  const double across = std::abs(to[0] - from[0]), down = std::abs(to[1] - from[1]);
  if (std::isnan(across) || std::isnan(down)) return across + down;
  return std::max(across, down);
}

}  // namespace

// Columns, (n_rings): length, the sum of the longer sides of all edges' boxes, the closing edge included; not finite
// where a vertex is not; fault, where the length has at most `most_length`.
MASKAUDIT_API maskaudit::Table* maskaudit_check_rings(const double* xy, const int64_t* vertex_start, int64_t n_rings,
                                                      int64_t least_points, double most_coordinate,
                                                      double most_length) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<double> length(static_cast<size_t>(n_rings));
    std::vector<uint8_t> fault(length.size());
    for (int64_t ring = 0; ring < n_rings; ++ring) {
      const int64_t begin = vertex_start[ring], end = vertex_start[ring + 1];
      bool is_finite = true, is_far = false;
      double sum = 0;
      for (int64_t k = begin; k < end; ++k) {
        const double *vertex = xy + 2 * k, *next = xy + 2 * (k + 1 < end ? k + 1 : begin);
        is_finite &= std::isfinite(vertex[0]) && std::isfinite(vertex[1]);
        is_far |= std::abs(vertex[0]) > most_coordinate || std::abs(vertex[1]) > most_coordinate;
        sum += edge_length(vertex, next);
      }
      const auto at = static_cast<size_t>(ring);
      length[at] = sum;
      fault[at] = end - begin < least_points     ? too_few
                  : !is_finite                   ? nonfinite
                  : is_far || sum > most_length ? out_of_range
                                                 : ring_ok;
    }
    table.add("length", std::move(length));
    table.add("fault", std::move(fault));
  });
}

// Columns, (n_masks): fault of each list of run lengths, which must add up to `pixels`.
MASKAUDIT_API maskaudit::Table* maskaudit_check_counts(const int64_t* counts, const int64_t* count_start,
                                                       const int64_t* pixels, int64_t n_masks, int64_t most_run) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<uint8_t> fault(static_cast<size_t>(n_masks));
    for (int64_t mask = 0; mask < n_masks; ++mask) {
      int64_t least = 0, most = 0, sum = 0;
      for (int64_t k = count_start[mask]; k < count_start[mask + 1]; ++k) {
        least = std::min(least, counts[k]);
        most = std::max(most, counts[k]);
        sum += std::clamp<int64_t>(counts[k], 0, most_run + 1);  // capped, runs cannot wrap the sum
      }
      fault[static_cast<size_t>(mask)] = count_start[mask] == count_start[mask + 1] ? empty
                                         : least < 0                               ? negative
                                         : most > most_run                         ? too_long
                                         : sum != pixels[mask]                     ? wrong_sum
                                                                                   : counts_ok;
    }
    table.add("fault", std::move(fault));
  });
}

// Joins the neighbours of every run of length 0 but a mask's first. Columns: changed, (n_masks) whether a mask had
// such runs; counts and number, (n_masks) how many each mask has then, both empty where no mask had any.
MASKAUDIT_API maskaudit::Table* maskaudit_merge_zero_runs(const int64_t* counts, const int64_t* count_start,
                                                          int64_t n_masks) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<uint8_t> changed(static_cast<size_t>(n_masks));
    bool is_any = false;
    for (int64_t mask = 0; mask < n_masks; ++mask) {
      bool is_changed = false;
      for (int64_t k = count_start[mask] + 1; k < count_start[mask + 1]; ++k) is_changed |= counts[k] == 0;
      changed[static_cast<size_t>(mask)] = is_changed;
      is_any |= is_changed;
    }
    std::vector<int64_t> merged, number;
    if (is_any) {
      number.resize(changed.size());
      merged.reserve(static_cast<size_t>(count_start[n_masks] - count_start[0]));
      for (int64_t mask = 0; mask < n_masks; ++mask) {
        const size_t before = merged.size();
        int64_t colour = -1;  // of the last run that was written
        for (int64_t k = count_start[mask]; k < count_start[mask + 1]; ++k) {
          const int64_t place = k - count_start[mask];
          if (place > 0 && counts[k] == 0) continue;
          if (place % 2 == colour) {
            // Refused lengths come along, too; nothing of theirs is kept, but adding them may not overflow.
            merged.back() = static_cast<int64_t>(static_cast<uint64_t>(merged.back()) + static_cast<uint64_t>(counts[k]));
          } else {
            merged.push_back(counts[k]);
            colour = place % 2;
          }
        }
        number[static_cast<size_t>(mask)] = static_cast<int64_t>(merged.size() - before);
      }
    }
    table.add("changed", std::move(changed));
    table.add("counts", std::move(merged));
    table.add("number", std::move(number));
  });
}
