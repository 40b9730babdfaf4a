// What a logistic regression is fitted on: features, standardised, with their squares.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace maskaudit {

using Numbers = std::vector<double>;

constexpr double max_deviation = 6.0;  // spreads from the median beyond which a value counts no further

// A table of features, which lies column by column, and how its columns are standardised.
struct Features {
  const double* columns;
  std::int64_t n, n_columns;
  const double *median, *spread;

  double standardised(double value, std::int64_t column) const {
    return std::min(std::max((value - median[column]) / spread[column], -max_deviation), max_deviation);
  }
  std::size_t n_coefficients() const { return static_cast<std::size_t>(1 + 2 * n_columns); }
};

// The examples that a model is fitted on, fold by fold: a constant, the standardised columns and their squares.
struct Examples {
  std::size_t n_rows = 0, n_folds, n_coefficients, stride;
  Numbers design;                     // (n_rows, stride)
  Numbers target, weight;             // (n_rows,) weight 0 = not fitted on
  std::vector<std::uint8_t> fold;     // (n_rows,)
  std::vector<std::size_t> fold_end;  // (n_folds,) the rows of a fold begin where those of the last one end

  Examples(const Features& features, const std::int64_t* rows, std::int64_t n_chosen, const std::uint8_t* positive,
           const double* mass, const std::int64_t* of_fold, std::size_t folds);

  // Weight of the positive or of the negative examples.
  double mass_of(bool positive) const;

  // Whether examples are left that are not of the fold: they teach its model.
  bool has_rest(std::size_t k) const;
};

}  // namespace maskaudit
