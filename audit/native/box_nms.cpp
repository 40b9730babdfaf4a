// Non-maximum suppression of the boxes of one image, and their pairs.
#include "table.h"

#include <algorithm>

namespace {

using std::int64_t;

// Boxes are corners: x, y of the top left, x, y of the bottom right.
double iou(const double* p, const double* q) {
  const double wide = std::min(p[2], q[2]) - std::max(p[0], q[0]), high = std::min(p[3], q[3]) - std::max(p[1], q[1]);
  if (!(wide > 0 && high > 0)) return 0.0;
  const double common = wide * high;
  return common / ((p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - common);
}

}  // namespace

// Columns: suppressor, (n) the best kept box of the same category whose IoU with this one is larger than the
// threshold; the box itself where it is kept. order lists the boxes, best first.
MASKAUDIT_API maskaudit::Table* maskaudit_box_nms(
    const double* boxes, const int64_t* order, const int64_t* category, int64_t n, double threshold) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<int64_t> suppressor(static_cast<std::size_t>(n), -1), waiting(order, order + n);
    while (!waiting.empty()) {
      const int64_t best = waiting.front();
      std::size_t left = 0;
      for (const int64_t k : waiting) {
        const bool taken =
            k == best || (category[k] == category[best] && iou(boxes + 4 * best, boxes + 4 * k) > threshold);
        if (taken)
          suppressor[static_cast<std::size_t>(k)] = best;
        else
          waiting[left++] = k;
      }
      waiting.resize(left);
    }
    table.add("suppressor", std::move(suppressor));
  });
}

// Columns: a, b, iou of the boxes of one category that overlap; a < b, sorted.
MASKAUDIT_API maskaudit::Table* maskaudit_box_pairs(const double* boxes, const int64_t* category, int64_t n) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<int64_t> first, second;
    std::vector<double> value;
    for (int64_t a = 0; a < n; ++a)
      for (int64_t b = a + 1; b < n; ++b) {
        if (category[a] != category[b]) continue;
        const double found = iou(boxes + 4 * a, boxes + 4 * b);
        if (!(found > 0)) continue;
        first.push_back(a);
        second.push_back(b);
        value.push_back(found);
      }
    table.add("a", std::move(first));
    table.add("b", std::move(second));
    table.add("iou", std::move(value));
  });
}
