// Quantiles of the values of each group: values are gathered by group, and of each group only the two that count are
// brought to their places (Hoare's selection), which takes linear time where a sort takes n log n.
#include "table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace maskaudit {
namespace {

struct GroupedValues {
  std::vector<std::int64_t> start;  // (n_groups + 1,)
  std::vector<double> values;       // group after group, without NaN
  std::vector<std::int64_t> count;  // (n_groups,) members, those without a value included
};

GroupedValues gather_groups(const std::int64_t* group, const double* values, std::int64_t n_values, std::int64_t n_groups) {
  GroupedValues grouped;
  const auto size = static_cast<std::size_t>(n_groups);
  grouped.start.assign(size + 1, 0);
  grouped.count.assign(size, 0);
  const auto is_listed = [&](std::int64_t i) { return group[i] >= 0 && group[i] < n_groups; };
  for (std::int64_t i = 0; i < n_values; ++i) {
    if (!is_listed(i)) continue;
    ++grouped.count[static_cast<std::size_t>(group[i])];
    if (!std::isnan(values[i])) ++grouped.start[static_cast<std::size_t>(group[i]) + 1];
  }
  for (std::size_t g = 0; g < size; ++g) grouped.start[g + 1] += grouped.start[g];
  grouped.values.resize(static_cast<std::size_t>(grouped.start[size]));
  std::vector<std::int64_t> next(grouped.start.begin(), grouped.start.end() - 1);
  for (std::int64_t i = 0; i < n_values; ++i) {
    if (!is_listed(i) || std::isnan(values[i])) continue;
    grouped.values[static_cast<std::size_t>(next[static_cast<std::size_t>(group[i])]++)] = values[i];
  }
  return grouped;
}

// Linear between the two nearest values, with the operations of numpy.quantile; the median is their mean.
double select_quantile(double* begin, double* end, double quantile) {
  if (begin == end) return std::numeric_limits<double>::quiet_NaN();
  const double position = quantile * static_cast<double>(end - begin - 1);
  double* high = begin + static_cast<std::ptrdiff_t>(std::ceil(position));
  std::nth_element(begin, high, end);
  const double share = position - std::floor(position);
  const double below = share > 0 ? *std::max_element(begin, high) : *high;
  return quantile == 0.5 ? (below + *high) / 2 : below + (*high - below) * share;
}

// Replaces values by their distances from a centre; gives the end of those that are numbers.
double* measure_distances(double* begin, double* end, double centre) {
  for (double* value = begin; value != end; ++value) *value = std::fabs(*value - centre);
  return std::remove_if(begin, end, [](double distance) { return std::isnan(distance); });
}

}  // namespace
}  // namespace maskaudit

// group: (n_values), others than 0 to n_groups - 1 are left out, as NaN is. Columns: count, members of each group, and
// quantile, (n_groups), NaN where a group has no values; with_spread adds deviation, the median of |value - quantile|.
MASKAUDIT_API maskaudit::Table* maskaudit_group_quantiles(
    const std::int64_t* group, const double* values, std::int64_t n_values, std::int64_t n_groups, double quantile,
    std::int64_t with_spread) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    auto grouped = maskaudit::gather_groups(group, values, n_values, n_groups);
    const auto size = static_cast<std::size_t>(n_groups);
    std::vector<double> quantiles(size), deviations(with_spread ? size : 0);
    for (std::size_t g = 0; g < size; ++g) {
      double* begin = grouped.values.data() + grouped.start[g];
      double* end = grouped.values.data() + grouped.start[g + 1];
      quantiles[g] = maskaudit::select_quantile(begin, end, quantile);
      if (!with_spread) continue;
      end = maskaudit::measure_distances(begin, end, quantiles[g]);
      deviations[g] = maskaudit::select_quantile(begin, end, 0.5);
    }
    table.add("count", std::move(grouped.count));
    table.add("quantile", std::move(quantiles));
    if (with_spread) table.add("deviation", std::move(deviations));
  });
}
