// Which closed polygons surely do not touch or cross themselves.
#pragma once

#include <cstddef>
#include <vector>

namespace maskaudit {

struct Point {
  double x, y;
};

// On which side of the line from a to b lies c: 1 or -1; 0 = rounding may have decided.
int side_of_line(Point a, Point b, Point c);

// Tests one ring after the other; keeps scratch memory, so one is needed for each thread.
class SimpleRingTest {
 public:
  // Whether a ring without repeated points is surely simple. Where rounding, or too many edges beside each
  // other, leave a doubt, the answer is no: then somebody else has to look.
  bool is_surely_simple(const std::vector<Point>& ring);

 private:
  struct Edge {
    double left, right, top, bottom;
    std::size_t start, end;  // positions of its points
  };
  void list_edges(const std::vector<Point>& ring);
  static bool are_surely_apart(const std::vector<Point>& ring, const Edge& first, const Edge& second);

  std::vector<Edge> edges_;
};

}  // namespace maskaudit
