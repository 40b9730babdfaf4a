#include "simple_rings.h"

#include <algorithm>
#include <cmath>

namespace maskaudit {
namespace {

using std::size_t;

// Edges that each edge is compared with on average before the test gives up.
constexpr size_t comparisons_an_edge = 200;

// Whether the way from a over b to c goes back on itself, perhaps.
bool may_fold_back(Point a, Point b, Point c) {
  if (side_of_line(a, b, c) != 0) return false;
  return (b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y) <= 0;
}

// Whether both ends of an edge surely lie on one side of the line through another edge.
bool lies_beside(Point a, Point b, Point start, Point end) {
  const int side = side_of_line(a, b, start);
  return side != 0 && side == side_of_line(a, b, end);
}

}  // namespace

// Shewchuk's bound for the orientation test is 3.34e-16 of the sum of both products.
int side_of_line(Point a, Point b, Point c) {
  const double first = (b.x - a.x) * (c.y - a.y), second = (b.y - a.y) * (c.x - a.x);
  const double difference = first - second, doubt = (std::fabs(first) + std::fabs(second)) * 4e-16;
  return difference > doubt ? 1 : difference < -doubt ? -1 : 0;
}

void SimpleRingTest::list_edges(const std::vector<Point>& ring) {
  edges_.clear();
  for (size_t start = 0; start < ring.size(); ++start) {
    const size_t end = start + 1 < ring.size() ? start + 1 : 0;
    const Point a = ring[start], b = ring[end];
    edges_.push_back({std::min(a.x, b.x), std::max(a.x, b.x), std::min(a.y, b.y), std::max(a.y, b.y), start, end});
  }
  std::sort(edges_.begin(), edges_.end(), [](const Edge& first, const Edge& second) { return first.left < second.left; });
}

// Whether two edges share nothing but the point at which one follows the other.
bool SimpleRingTest::are_surely_apart(const std::vector<Point>& ring, const Edge& first, const Edge& second) {
  if (first.end == second.start) return !may_fold_back(ring[first.start], ring[first.end], ring[second.end]);
  if (second.end == first.start) return !may_fold_back(ring[second.start], ring[second.end], ring[first.end]);
  const Point a = ring[first.start], b = ring[first.end], c = ring[second.start], d = ring[second.end];
  return lies_beside(a, b, c, d) || lies_beside(c, d, a, b);
}

bool SimpleRingTest::is_surely_simple(const std::vector<Point>& ring) {
  if (ring.size() < 3) return false;
  list_edges(ring);
  size_t comparisons_left = comparisons_an_edge * ring.size();
  for (auto first = edges_.begin(); first != edges_.end(); ++first) {
    for (auto second = first + 1; second != edges_.end() && second->left <= first->right; ++second) {
      if (comparisons_left-- == 0) return false;
      if (second->top > first->bottom || first->top > second->bottom) continue;
      if (!are_surely_apart(ring, *first, *second)) return false;
    }
  }
  return true;
}

}  // namespace maskaudit
