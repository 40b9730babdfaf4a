// Percentiles of the columns of a table.
#include "sort_key.h"
#include "table.h"
#include "threads.h"

#include <algorithm>
#include <vector>

namespace maskaudit {
namespace {

using Keys = std::vector<std::int64_t>;

// The value at a rank; values before `first` are known to be less. Elements are moved about.
double value_at(Keys& keys, std::size_t first, std::size_t rank) {
  const auto begin = keys.begin();
  std::nth_element(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(rank), keys.end());
  return value_of_key(keys[rank]);
}

// Percentiles in rising order, between two values as numpy.percentile interpolates.
void percentiles(const double* column, std::int64_t n, const double* percents, std::int64_t n_percents, Keys& keys,
                 double* result) {
  keys.resize(static_cast<std::size_t>(n));
  std::transform(column, column + n, keys.begin(), sort_key);
  std::size_t first = 0;
  for (std::int64_t i = 0; i < n_percents; ++i) {
    const double place = percents[i] / 100 * static_cast<double>(n - 1);
    const auto rank = static_cast<std::size_t>(place);
    const double low = value_at(keys, first, rank);
    first = rank;
    const bool is_last = rank + 1 == keys.size();
    const double high =
        is_last ? low : value_of_key(*std::min_element(keys.begin() + static_cast<std::ptrdiff_t>(rank) + 1, keys.end()));
    const double share = place - static_cast<double>(rank), step = high - low;
    result[i] = share < 0.5 ? low + step * share : high - step * (1 - share);
  }
}

}  // namespace
}  // namespace maskaudit

// Percentiles of the columns of a table that lies column by column, each of n > 0 values; percents ascend.
// Columns: percentile, (n_columns * n_percents).
MASKAUDIT_API maskaudit::Table* maskaudit_column_percentiles(
    const double* columns, std::int64_t n, std::int64_t n_columns, const double* percents, std::int64_t n_percents,
    std::int64_t n_threads) {
  using namespace maskaudit;
  return guarded([&](Table& table) {
    std::vector<double> result(static_cast<std::size_t>(n_columns * n_percents));
    std::vector<Keys> keys(static_cast<std::size_t>(std::max<std::int64_t>(n_threads, 1)));
    for_each_item(n_columns, static_cast<int>(n_threads), [&](int thread, std::int64_t column) {
      percentiles(columns + column * n, n, percents, n_percents, keys[static_cast<std::size_t>(thread)],
                  result.data() + column * n_percents);
    });
    table.add("percentile", std::move(result));
  });
}
