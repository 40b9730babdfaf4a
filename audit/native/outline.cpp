#include "outline.h"

#include "ring_pairs.h"
#include "threads.h"

#include <algorithm>

namespace maskaudit {
namespace {

using std::int64_t;
using std::size_t;

// Share of the squared spread across a ring's main direction up to which it encloses no area.
constexpr double collinear_share = 1e-12;
// Share of the scalar product of two edges that turn back up to which they lie on one line.
constexpr double fold_share = 1e-9;
// Pixels by which a vertex may lie outside the image: annotation tools round to pixel centres or edges.
constexpr double tolerated_px = 0.5;
// Rings without a closing point have at least as many points.
constexpr int64_t least_points = 3;

// The length of (dx, dy), the same on every machine: C libraries round their hypot in different ways. The square
// root's rounding error is worked out and taken off (Borges, 2019, "An improved algorithm for hypot(a, b)",
// without fused multiply-add), which nearly always gives the nearest number.
double length_of(double dx, double dy) {
  const double longer = std::max(std::fabs(dx), std::fabs(dy)), shorter = std::min(std::fabs(dx), std::fabs(dy));
  if (shorter <= longer * 0x1p-54) return longer + shorter;
  const double root = std::sqrt(longer * longer + shorter * shorter);
  double error;
  if (root <= 2 * shorter) {
    const double rest = root - shorter;
    error = longer * (2 * rest - longer) + (rest - 2 * (longer - shorter)) * rest;
  } else {
    const double rest = root - longer;
    error = 2 * rest * (longer - 2 * shorter) + ((4 * rest - shorter) * shorter + rest * rest);
  }
  return root - error / (2 * root);
}

}  // namespace

// Drops the last point of a ring that ends where it began; says whether it did.
bool RingMeasurer::open_ring(const double* xy, int64_t n) {
  const bool is_closed = n > least_points && xy[0] == xy[2 * n - 2] && xy[1] == xy[2 * n - 1];
  ring_.clear();
  for (int64_t i = 0; i < n - is_closed; ++i) ring_.push_back({xy[2 * i], xy[2 * i + 1]});
  return is_closed;
}

void RingMeasurer::measure_edges(bool is_closed, PolygonMeasures& mask) {
  distinct_.clear();
  for (size_t i = 0; i < ring_.size(); ++i) {
    const bool is_last = i + 1 == ring_.size();
    const Point from = ring_[i], to = ring_[is_last ? 0 : i + 1];
    const double length = length_of(to.x - from.x, to.y - from.y);
    mask.outline_px += length;
    mask.longest_edge_px = std::max(mask.longest_edge_px, length);
    if (length > 0) {
      distinct_.push_back(from);
    } else if (!is_last || is_closed) {
      // The edge back to the first point counts where a closing point was dropped: then two were written.
      ++mask.repeated_points;
    }
  }
}

void RingMeasurer::measure_places(ImageSize image, PolygonMeasures& mask, RingFacts& facts) const {
  facts.left = facts.right = ring_[0].x;
  facts.top = facts.bottom = ring_[0].y;
  for (const Point& point : ring_) {
    const double beside = std::max(point.x - static_cast<double>(image.width), -point.x);
    const double above = std::max(point.y - static_cast<double>(image.height), -point.y);
    const double outside = std::max(std::max(beside, above), 0.0);
    mask.outside_vertices += outside > tolerated_px;
    mask.outside_px = std::max(mask.outside_px, outside);
    // fmax: a mask's first point replaces NaN.
    mask.max_abs_coordinate =
        std::fmax(mask.max_abs_coordinate, std::max(std::fabs(point.x), std::fabs(point.y)));
    facts.left = std::min(facts.left, point.x);
    facts.right = std::max(facts.right, point.x);
    facts.top = std::min(facts.top, point.y);
    facts.bottom = std::max(facts.bottom, point.y);
  }
}

// Tells whether the points do not all lie on one line (where the smaller eigenvalue of their spread is 0).
bool RingMeasurer::has_area() const {
  const auto n = static_cast<double>(ring_.size());
  double sum_x = 0, sum_y = 0, sum_xx = 0, sum_yy = 0, sum_xy = 0;
  for (const Point& point : ring_) {
    sum_x += point.x;
    sum_y += point.y;
  }
  for (const Point& point : ring_) {
    const double x = point.x - sum_x / n, y = point.y - sum_y / n;
    sum_xx += x * x;
    sum_yy += y * y;
    sum_xy += x * y;
  }
  const double xx = sum_xx / n, yy = sum_yy / n, xy = sum_xy / n, spread = xx + yy;
  return xx * yy - xy * xy > collinear_share * (spread * spread);
}

// Counts points at which the ring turns back exactly the way it came.
int64_t RingMeasurer::count_spikes() const {
  int64_t spikes = 0;
  const size_t n = distinct_.size();
  for (size_t i = 0; i < n; ++i) {
    const Point before = distinct_[i > 0 ? i - 1 : n - 1], here = distinct_[i], after = distinct_[i + 1 < n ? i + 1 : 0];
    const double into_x = here.x - before.x, into_y = here.y - before.y;
    const double out_x = after.x - here.x, out_y = after.y - here.y;
    const double cross = into_x * out_y - into_y * out_x, dot = into_x * out_x + into_y * out_y;
    spikes += dot < 0 && std::fabs(cross) <= fold_share * -dot;
  }
  return spikes;
}

RingFacts RingMeasurer::measure(const double* xy, int64_t n, ImageSize image, PolygonMeasures& mask) {
  RingFacts facts;
  ++mask.rings;
  const bool is_closed = open_ring(xy, n);
  mask.vertices += static_cast<int64_t>(ring_.size());
  if (ring_.empty()) {
    ++mask.zero_area_rings;
    return facts;
  }
  measure_edges(is_closed, mask);
  measure_places(image, mask, facts);
  if (!has_area()) {
    ++mask.zero_area_rings;
    return facts;
  }
  const int64_t spikes = count_spikes();
  mask.spikes += spikes;
  facts.has_spikes = spikes > 0;
  if (static_cast<int64_t>(ring_.size()) < least_points) return facts;
  facts.state = simple_test_.is_surely_simple(distinct_) ? RingState::simple : RingState::unsure;
  return facts;
}

namespace {

// Two rings of one mask whose boxes meet.
struct RingPair {
  int64_t i, j;
};

// Lists the pairs among the rings [first, end); boxes are swept from left to right.
void list_close_rings(const std::vector<RingFacts>& facts, int64_t first, int64_t end, std::vector<RingPair>& pairs) {
  std::vector<int64_t> rings;
  const auto at = [&](int64_t ring) -> const RingFacts& { return facts[static_cast<size_t>(ring)]; };
  for (int64_t ring = first; ring < end; ++ring) {
    if (at(ring).state != RingState::empty) rings.push_back(ring);
  }
  std::sort(rings.begin(), rings.end(), [&](int64_t a, int64_t b) {
    return at(a).left != at(b).left ? at(a).left < at(b).left : a < b;
  });
  for (size_t a = 0; a < rings.size(); ++a) {
    const RingFacts& ring = at(rings[a]);
    for (size_t b = a + 1; b < rings.size() && at(rings[b]).left <= ring.right; ++b) {
      const RingFacts& next = at(rings[b]);
      if (next.top > ring.bottom || ring.top > next.bottom) continue;
      pairs.push_back({std::min(rings[a], rings[b]), std::max(rings[a], rings[b])});
    }
  }
}

template <class Item, class Value>
void add_column(Table& table, const char* name, const std::vector<Item>& items, Value Item::*field) {
  std::vector<Value> column;
  column.reserve(items.size());
  for (const Item& item : items) column.push_back(item.*field);
  table.add(name, std::move(column));
}

void add_ring_columns(Table& table, const std::vector<RingFacts>& facts) {
  std::vector<std::uint8_t> state, has_spikes;
  for (const RingFacts& ring : facts) {
    state.push_back(static_cast<std::uint8_t>(ring.state));
    has_spikes.push_back(ring.has_spikes);
  }
  table.add("ring_state", std::move(state));
  table.add("ring_has_spikes", std::move(has_spikes));
}

}  // namespace
}  // namespace maskaudit

using maskaudit::PolygonMeasures;

// Columns of masks: those of PolygonMeasures. Columns of rings: ring_state, ring_has_spikes. Columns of pairs of
// rings of one mask whose boxes meet: ring_i, ring_j, ring_relation.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_polygons(
    const double* xy, const int64_t* vertex_start, const int64_t* ring_start, const int64_t* height,
    const int64_t* width, int64_t n_masks, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<PolygonMeasures> measures(static_cast<std::size_t>(n_masks));
    std::vector<maskaudit::RingFacts> facts(static_cast<std::size_t>(ring_start[n_masks]));
    std::vector<maskaudit::RingMeasurer> measurers(static_cast<std::size_t>(n_threads));
    maskaudit::for_each_item(n_masks, static_cast<int>(n_threads), [&](int thread, int64_t mask) {
      PolygonMeasures& measured = measures[static_cast<std::size_t>(mask)];
      for (int64_t ring = ring_start[mask]; ring < ring_start[mask + 1]; ++ring) {
        const int64_t begin = vertex_start[ring];
        facts[static_cast<std::size_t>(ring)] = measurers[static_cast<std::size_t>(thread)].measure(
            xy + 2 * begin, vertex_start[ring + 1] - begin, {height[mask], width[mask]}, measured);
      }
    });
    std::vector<maskaudit::RingPair> pairs;
    for (int64_t mask = 0; mask < n_masks; ++mask) {
      if (measures[static_cast<std::size_t>(mask)].rings > 1)
        maskaudit::list_close_rings(facts, ring_start[mask], ring_start[mask + 1], pairs);
    }
    std::vector<std::uint8_t> relations(pairs.size());
    const auto view = [&](int64_t ring) {
      return maskaudit::RingView{xy + 2 * vertex_start[ring], vertex_start[ring + 1] - vertex_start[ring]};
    };
    const auto is_simple = [&](int64_t ring) {
      return facts[static_cast<std::size_t>(ring)].state == maskaudit::RingState::simple;
    };
    maskaudit::for_each_item(static_cast<int64_t>(pairs.size()), static_cast<int>(n_threads), [&](int, int64_t number) {
      const auto [i, j] = pairs[static_cast<std::size_t>(number)];
      if (is_simple(i) && is_simple(j))
        relations[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(maskaudit::relate_rings(view(i), view(j)));
    });
    maskaudit::add_column(table, "rings", measures, &PolygonMeasures::rings);
    maskaudit::add_column(table, "vertices", measures, &PolygonMeasures::vertices);
    maskaudit::add_column(table, "outline_px", measures, &PolygonMeasures::outline_px);
    maskaudit::add_column(table, "longest_edge_px", measures, &PolygonMeasures::longest_edge_px);
    maskaudit::add_column(table, "spikes", measures, &PolygonMeasures::spikes);
    maskaudit::add_column(table, "repeated_points", measures, &PolygonMeasures::repeated_points);
    maskaudit::add_column(table, "zero_area_rings", measures, &PolygonMeasures::zero_area_rings);
    maskaudit::add_column(table, "outside_vertices", measures, &PolygonMeasures::outside_vertices);
    maskaudit::add_column(table, "outside_px", measures, &PolygonMeasures::outside_px);
    maskaudit::add_column(table, "max_abs_coordinate", measures, &PolygonMeasures::max_abs_coordinate);
    maskaudit::add_ring_columns(table, facts);
    maskaudit::add_column(table, "ring_i", pairs, &maskaudit::RingPair::i);
    maskaudit::add_column(table, "ring_j", pairs, &maskaudit::RingPair::j);
    table.add("ring_relation", std::move(relations));
  });
}
