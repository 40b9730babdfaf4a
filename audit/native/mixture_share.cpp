// The share of a mixture that is of a kind, by expectation maximisation (Saerens et al., 2002).
#include "exponential.h"
#include "table.h"
#include "wide.h"

#include <vector>

namespace maskaudit {
namespace {

constexpr std::int64_t n_lanes = 8;  // sums side by side, so that several numbers are added at a time

MASKAUDIT_WIDE void list_exponentials(const double* log_odds, std::int64_t n, double* result) {
  for (std::int64_t i = 0; i < n; ++i) result[i] = exponential(-log_odds[i]);
}

// The sum of 1 / (1 + odds_against * against[i]).
MASKAUDIT_WIDE double sum_probabilities(const double* against, std::int64_t n, double odds_against) {
  double sums[n_lanes] = {};
  const std::int64_t whole = n - n % n_lanes;
  for (std::int64_t i = 0; i < whole; i += n_lanes) {
    for (std::int64_t lane = 0; lane < n_lanes; ++lane) sums[lane] += 1 / (1 + odds_against * against[i + lane]);
  }
  for (std::int64_t i = whole; i < n; ++i) sums[i - whole] += 1 / (1 + odds_against * against[i]);
  double sum = 0;
  for (const double some : sums) sum += some;
  return sum;
}

}  // namespace
}  // namespace maskaudit

// Estimates the share from log likelihood ratios, beginning with a prior, which counts as prior_examples.
// Columns: share, (1).
MASKAUDIT_API maskaudit::Table* maskaudit_mixture_share(
    const double* log_odds, std::int64_t n, double prior_share, double prior_examples, std::int64_t n_steps) {
  using namespace maskaudit;
  return guarded([&](Table& table) {
    std::vector<double> against(static_cast<std::size_t>(n));
    list_exponentials(log_odds, n, against.data());
    double share = prior_share;
    for (std::int64_t step = 0; step < n_steps; ++step) {
      const double likely = sum_probabilities(against.data(), n, (1 - share) / share);
      const double last = share;
      share = (likely + prior_examples * prior_share) / (static_cast<double>(n) + prior_examples);
      if (share == last) break;  // and would stay so
    }
    table.add("share", std::vector<double>{share});
  });
}
