// Isotonic regression: the rising curve nearest to some values, by pooling neighbours that fall
// (Busing, "Monotone Regression: A Simple and Fast O(n) PAVA Implementation", 2022).
#include "table.h"

#include <cstdint>
#include <vector>

namespace maskaudit {
namespace {

struct Pool {
  double mean, weight;
  std::int64_t start;
};

// Sums are taken in the order in which scipy.optimize.isotonic_regression takes them: results are equal in all bits.
std::vector<Pool> pool_falling(const double* values, const double* weights, std::int64_t n_values) {
  std::vector<Pool> pools;
  for (std::int64_t i = 0; i < n_values; ++i) {
    Pool pool{values[i], weights[i], i};
    if (!pools.empty() && pools.back().mean >= pool.mean) {
      double sum = pools.back().weight * pools.back().mean + pool.weight * pool.mean;
      pool = {0, pool.weight + pools.back().weight, pools.back().start};
      pools.pop_back();
      pool.mean = sum / pool.weight;
      while (i + 1 < n_values && pool.mean >= values[i + 1]) {
        ++i;
        sum += weights[i] * values[i];
        pool.weight += weights[i];
        pool.mean = sum / pool.weight;
      }
      while (!pools.empty() && pools.back().mean >= pool.mean) {
        sum += pools.back().weight * pools.back().mean;
        pool.weight += pools.back().weight;
        pool.mean = sum / pool.weight;
        pool.start = pools.back().start;
        pools.pop_back();
      }
    }
    pools.push_back(pool);
  }
  return pools;
}

}  // namespace
}  // namespace maskaudit

// Columns: fitted, (n_values).
MASKAUDIT_API maskaudit::Table* maskaudit_fit_isotonic(
    const double* values, const double* weights, std::int64_t n_values) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<double> fitted(static_cast<std::size_t>(n_values));
    std::int64_t stop = n_values;
    const auto pools = maskaudit::pool_falling(values, weights, n_values);
    for (auto pool = pools.rbegin(); pool != pools.rend(); ++pool) {
      for (std::int64_t i = pool->start; i < stop; ++i) fitted[static_cast<std::size_t>(i)] = pool->mean;
      stop = pool->start;
    }
    table.add("fitted", std::move(fitted));
  });
}
