// Ridge logistic regression, by which every example is scored by a model that did not see its fold.
#include "exponential.h"
#include "logistic_fit.h"
#include "table.h"
#include "threads.h"
#include "wide.h"

#include <utility>

namespace maskaudit {
namespace {

// Log odds of rows [begin, end) by the models of their folds. Column by column, as the features lie.
MASKAUDIT_WIDE void score_rows(const Features& features, std::int64_t begin, std::int64_t end,
                               const std::int64_t* fold, const std::vector<Numbers>& by_fold, double* result) {
  for (std::int64_t row = begin; row < end; ++row) result[row] = by_fold[static_cast<std::size_t>(fold[row])][0];
  for (std::int64_t column = 0; column < features.n_columns; ++column) {
    double linear[max_folds] = {}, square[max_folds] = {};
    for (std::size_t k = 0; k < by_fold.size(); ++k) {
      linear[k] = by_fold[k][static_cast<std::size_t>(1 + column)];
      square[k] = by_fold[k][static_cast<std::size_t>(1 + features.n_columns + column)] / max_deviation;
    }
    const double* const values = features.columns + column * features.n;
    for (std::int64_t row = begin; row < end; ++row) {
      const double value = features.standardised(values[row], column);
      result[row] += value * (linear[fold[row]] + value * square[fold[row]]);
    }
  }
}

// Leaves out examples that are surely of the other kind.
void leave_out(Examples& examples, const Numbers& own_log_odds, const double* doubt) {
  for (std::size_t row = 0; row < examples.n_rows; ++row) {
    const double likely = 1 / (1 + exponential(-own_log_odds[row]));
    const bool is_doubtful = examples.target[row] > 0.5 ? 1 - likely >= doubt[1] : likely >= doubt[0];
    if (is_doubtful) examples.weight[row] = 0;
  }
}

MASKAUDIT_WIDE void list_stretched(const double* log_odds, std::int64_t n, double factor, double* likely) {
  for (std::int64_t i = 0; i < n; ++i) likely[i] = 1 / (1 + exponential(-factor * log_odds[i]));
}

// A step of Newton's method for the factor by which log odds are stretched.
double improve_stretch(const double* log_odds, const double* target, const double* weight, std::int64_t n,
                       double factor) {
  constexpr std::int64_t block = 512;
  double likely[block], slope = 0, curvature = 1e-9;
  for (std::int64_t first = 0; first < n; first += block) {
    const std::int64_t count = std::min(block, n - first);
    list_stretched(log_odds + first, count, factor, likely);
    for (std::int64_t i = 0; i < count; ++i) {
      const double ratio = log_odds[first + i], pull = weight[first + i] * ratio;
      slope += pull * (target[first + i] - likely[i]);
      curvature += pull * ratio * likely[i] * (1 - likely[i]);
    }
  }
  return factor + slope / curvature;
}

}  // namespace
}  // namespace maskaudit

// Fits the factor by which log odds have to be stretched to say what the examples do, between 1 and `most` (Platt
// scaling without an offset). target: 1 for positive examples, 0 for negative ones.
// Columns: factor, (1).
MASKAUDIT_API maskaudit::Table* maskaudit_stretch_factor(
    const double* log_odds, const double* target, const double* weight, std::int64_t n, double most,
    std::int64_t n_steps) {
  using namespace maskaudit;
  return guarded([&](Table& table) {
    double factor = 1;
    for (std::int64_t step = 0; step < n_steps; ++step) {
      const double last = factor;
      factor = std::min(std::max(improve_stretch(log_odds, target, weight, n, factor), 1.0), most);
      if (factor == last) break;  // and would stay so
    }
    table.add("factor", std::vector<double>{factor});
  });
}

// Scores every example. features lie column by column; rows are those to fit on, of a weight above 0; fold is 0 to
// n_folds - 1, at most 7. Before each pass but the first, examples are left out which the last one takes for the
// other kind with at least a probability: doubt[0] for negative examples, doubt[1] for positive ones.
// Columns: log_odds, (n); mass, (2) weight of the negative and of the positive examples that the last pass was fitted
// on; is_fitted, (n_folds) whether a fold has a model. All are 0 where one kind was missing.
MASKAUDIT_API maskaudit::Table* maskaudit_logistic_out_of_fold(
    const double* columns, std::int64_t n, std::int64_t n_columns, const double* median, const double* spread,
    const std::int64_t* rows, std::int64_t n_rows, const std::uint8_t* positive, const double* weight,
    const std::int64_t* fold, std::int64_t n_folds, double ridge, std::int64_t n_passes, const double* doubt,
    std::int64_t n_threads) {
  using namespace maskaudit;
  return guarded([&](Table& table) {
    const auto folds = static_cast<std::size_t>(n_folds);
    const int threads = static_cast<int>(n_threads);
    const Features features{columns, n, n_columns, median, spread};
    Examples examples(features, rows, n_rows, positive, weight, fold, folds);
    Numbers coefficients(features.n_coefficients()), log_odds(static_cast<std::size_t>(n)), mass(2);
    FoldModels models;
    std::vector<std::uint8_t> is_fitted(folds);
    for (std::int64_t pass = 0; pass < n_passes; ++pass) {
      if (pass) leave_out(examples, models.own_log_odds, doubt);
      mass = {examples.mass_of(false), examples.mass_of(true)};
      if (!(mass[0] > 0 && mass[1] > 0)) break;
      coefficients = fit_all(examples, ridge, std::move(coefficients), threads);
      models = fit_folds(examples, ridge, coefficients, threads);
    }
    if (mass[0] > 0 && mass[1] > 0) {
      for (std::size_t k = 0; k < folds; ++k) is_fitted[k] = examples.has_rest(k);
      constexpr std::int64_t portion = 4096;
      for_each_item((n + portion - 1) / portion, threads, [&](int, std::int64_t item) {
        score_rows(features, item * portion, std::min(n, (item + 1) * portion), fold, models.coefficients,
                   log_odds.data());
      });
    } else {
      mass = {0, 0};
    }
    table.add("log_odds", std::move(log_odds));
    table.add("mass", std::move(mass));
    table.add("is_fitted", std::move(is_fitted));
  });
}
