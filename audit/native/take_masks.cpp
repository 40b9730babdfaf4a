// The masks of some annotations, copied out of the flat arrays of all.
#include "table.h"

#include <cstdint>
#include <vector>

namespace {

using std::int64_t;

template <class Value>
void append_range(const Value* values, int64_t begin, int64_t end, std::vector<Value>& taken) {
  taken.insert(taken.end(), values + begin, values + end);
}

}  // namespace

// Columns ring_start, vertex_start, xy (two numbers a vertex), count_start and counts of the annotations `rows`, as in
// audit.dataset.model.Segmentations.
MASKAUDIT_API maskaudit::Table* maskaudit_take_masks(const int64_t* rows, int64_t n_rows, const int64_t* ring_start,
                                                     const int64_t* vertex_start, const double* xy,
                                                     const int64_t* count_start, const std::uint32_t* counts) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<int64_t> rings{0}, vertices{0}, runs{0};
    std::vector<double> taken_xy;
    std::vector<std::uint32_t> taken_counts;
    int64_t n_rings = 0, n_vertices = 0, n_counts = 0;
    for (int64_t k = 0; k < n_rows; ++k) {
      const int64_t first = ring_start[rows[k]], last = ring_start[rows[k] + 1];
      n_rings += last - first;
      n_vertices += vertex_start[last] - vertex_start[first];
      n_counts += count_start[rows[k] + 1] - count_start[rows[k]];
    }
    rings.reserve(static_cast<std::size_t>(n_rows) + 1);
    runs.reserve(static_cast<std::size_t>(n_rows) + 1);
    vertices.reserve(static_cast<std::size_t>(n_rings) + 1);
    taken_xy.reserve(2 * static_cast<std::size_t>(n_vertices));
    taken_counts.reserve(static_cast<std::size_t>(n_counts));
    for (int64_t k = 0; k < n_rows; ++k) {
      const int64_t row = rows[k], first = ring_start[row], last = ring_start[row + 1];
      // The rings of an annotation lie one after the other, and so do all their vertices.
      const int64_t shift = vertices.back() - vertex_start[first];
      for (int64_t ring = first; ring < last; ++ring) vertices.push_back(vertex_start[ring + 1] + shift);
      rings.push_back(rings.back() + last - first);
      append_range(xy, 2 * vertex_start[first], 2 * vertex_start[last], taken_xy);
      runs.push_back(runs.back() + count_start[row + 1] - count_start[row]);
      append_range(counts, count_start[row], count_start[row + 1], taken_counts);
    }
    table.add("ring_start", std::move(rings));
    table.add("vertex_start", std::move(vertices));
    table.add("xy", std::move(taken_xy));
    table.add("count_start", std::move(runs));
    table.add("counts", std::move(taken_counts));
  });
}
