#include "ring_pairs.h"

#include <algorithm>
#include <cmath>

namespace maskaudit {
namespace {

using std::int64_t;

// Pairs of edges up to which two rings are compared, edge by edge: more are left to those who sort them.
constexpr int64_t most_edge_pairs = 40'000;
// Up to such coordinates, and so many pairs of edges, rounding moves the shared area by less than a hundredth of a
// square pixel: a strip between two edges is at most 2e4 wide and high, and right to some 1e-16 of its area.
constexpr double most_coordinate = 1e4;
constexpr double least_shared_area = 1.0, doubtful_area = 0.01;

// Pixels from a line up to which a point counts as on it, perhaps. Exact signs would tell more, but shapely does
// not use them for all it says, and may take a corner beside an edge for one on it.
constexpr double doubtful_distance = 1e-7;

enum class Meeting { apart, doubtful, crossing };

// On which side of the line from a to b lies c: 1 or -1; 0 = it may lie on it.
int clear_side(Point a, Point b, Point c) {
  const double across = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  const double doubt = doubtful_distance * (std::fabs(b.x - a.x) + std::fabs(b.y - a.y));
  return across > doubt ? 1 : across < -doubt ? -1 : 0;
}

// How two edges meet.
Meeting meet_edges(Point a, Point b, Point c, Point d) {
  if (std::min(a.x, b.x) > std::max(c.x, d.x) || std::min(c.x, d.x) > std::max(a.x, b.x)) return Meeting::apart;
  if (std::min(a.y, b.y) > std::max(c.y, d.y) || std::min(c.y, d.y) > std::max(a.y, b.y)) return Meeting::apart;
  const int side_c = clear_side(a, b, c), side_d = clear_side(a, b, d);
  if (side_c != 0 && side_c == side_d) return Meeting::apart;
  const int side_a = clear_side(c, d, a), side_b = clear_side(c, d, b);
  if (side_a != 0 && side_a == side_b) return Meeting::apart;
  return side_c * side_d < 0 && side_a * side_b < 0 ? Meeting::crossing : Meeting::doubtful;
}

// How two outlines meet: one sure crossing says more than any doubt.
Meeting meet_outlines(RingView first, RingView second) {
  Meeting most = Meeting::apart;
  for (int64_t i = 0; i < first.n; ++i) {
    const Point a = first[i], b = first.after(i);
    if (a.x == b.x && a.y == b.y) continue;  // it lies on its neighbours
    for (int64_t j = 0; j < second.n; ++j) {
      const Point c = second[j], d = second.after(j);
      if (c.x == d.x && c.y == d.y) continue;
      const Meeting meeting = meet_edges(a, b, c, d);
      if (meeting == Meeting::crossing) return meeting;
      if (meeting == Meeting::doubtful) most = meeting;
    }
  }
  return most;
}

// Whether a ring goes around a point that does not lie on it: 1 or 0; -1 = rounding may decide.
int goes_around(RingView ring, Point point) {
  int inside = 0;
  for (int64_t i = 0; i < ring.n; ++i) {
    const Point a = ring[i], b = ring.after(i);
    if ((a.y > point.y) == (b.y > point.y)) continue;
    const int side = side_of_line(a, b, point);
    if (side == 0) return -1;
    inside ^= (side > 0) == (b.y > a.y);  // the edge lies to the right of the point
  }
  return inside;
}

// The area that two rings share. The area of a ring is the sum of what lies between its edges and a line above all
// of it, with the sign of their direction; that of both, the sum over all pairs of edges of what lies between the
// nearer of the two and the line.
double shared_area(RingView first, RingView second) {
  double top = first[0].y;
  for (const RingView& ring : {first, second})
    for (int64_t i = 0; i < ring.n; ++i) top = std::min(top, ring[i].y);
  double area = 0;
  for (int64_t i = 0; i < first.n; ++i) {
    const Point a = first[i], b = first.after(i);
    if (a.x == b.x) continue;
    const double slope_1 = (b.y - a.y) / (b.x - a.x);
    const double left_1 = std::min(a.x, b.x), right_1 = std::max(a.x, b.x);
    for (int64_t j = 0; j < second.n; ++j) {
      const Point c = second[j], d = second.after(j);
      const double left = std::max(left_1, std::min(c.x, d.x)), right = std::min(right_1, std::max(c.x, d.x));
      if (left >= right) continue;
      const double slope_2 = (d.y - c.y) / (d.x - c.x);
      const auto height_1 = [&](double x) { return a.y - top + slope_1 * (x - a.x); };
      const auto height_2 = [&](double x) { return c.y - top + slope_2 * (x - c.x); };
      const double before = height_1(left) - height_2(left), after = height_1(right) - height_2(right);
      const double sum = height_1(left) + height_2(left) + height_1(right) + height_2(right);
      // The lesser of two numbers is half of their sum less half of their difference, which may change its sign.
      const double both = std::fabs(before) + std::fabs(after);
      const double difference =
          (before < 0) == (after < 0) ? both : both > 0 ? (before * before + after * after) / both : 0;
      const double strip = (sum - difference) / 4 * (right - left);
      area += (b.x > a.x) == (d.x > c.x) ? strip : -strip;
    }
  }
  return std::fabs(area);
}

bool is_far_out(RingView ring) {
  return std::any_of(ring.xy, ring.xy + 2 * ring.n, [](double value) { return std::fabs(value) > most_coordinate; });
}

}  // namespace

RingRelation relate_rings(RingView first, RingView second) {
  if (first.n * second.n > most_edge_pairs || is_far_out(first) || is_far_out(second)) return RingRelation::unsure;
  const Meeting meeting = meet_outlines(first, second);
  if (meeting == Meeting::doubtful) return RingRelation::unsure;
  if (meeting == Meeting::crossing) {
    const double area = shared_area(first, second);
    // Edges that are nearly upright may have no slope that can be told: then the area is no number.
    if (!std::isfinite(area) || std::fabs(area - least_shared_area) <= doubtful_area) return RingRelation::unsure;
    return area > least_shared_area ? RingRelation::overlap : RingRelation::little_overlap;
  }
  const int holds_second = goes_around(first, second[0]), holds_first = goes_around(second, first[0]);
  if (holds_second < 0 || holds_first < 0) return RingRelation::unsure;
  if (holds_second == 1) return RingRelation::second_inside;
  return holds_first == 1 ? RingRelation::first_inside : RingRelation::apart;
}

}  // namespace maskaudit
