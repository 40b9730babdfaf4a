#include "logistic_examples.h"

#include "products.h"

namespace maskaudit {
namespace {

std::size_t round_up(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

// Writes the row of a design matrix.
void describe(const Features& features, std::int64_t row, double* result) {
  result[0] = 1;
  for (std::int64_t column = 0; column < features.n_columns; ++column) {
    const double value = features.standardised(features.columns[column * features.n + row], column);
    result[1 + column] = value;
    result[1 + features.n_columns + column] = value * value / max_deviation;
  }
}

}  // namespace

Examples::Examples(const Features& features, const std::int64_t* rows, std::int64_t n_chosen,
                   const std::uint8_t* positive, const double* mass, const std::int64_t* of_fold, std::size_t folds)
    : n_folds(folds),
      n_coefficients(features.n_coefficients()),
      stride(round_up(n_coefficients, tile_columns)) {
  std::vector<std::vector<std::int64_t>> by_fold(folds);
  for (std::int64_t i = 0; i < n_chosen; ++i) by_fold[static_cast<std::size_t>(of_fold[rows[i]])].push_back(rows[i]);
  // Rows without weight fill up the last tile of a fold.
  for (const auto& some : by_fold) fold_end.push_back(n_rows += round_up(some.size(), tile_rows));
  design.resize(n_rows * stride);
  target.resize(n_rows);
  weight.resize(n_rows);
  fold.resize(n_rows);
  for (std::size_t k = 0, place = 0; k < folds; place = fold_end[k++]) {
    std::fill(fold.begin() + static_cast<std::ptrdiff_t>(place), fold.begin() + static_cast<std::ptrdiff_t>(fold_end[k]),
              static_cast<std::uint8_t>(k));
    for (std::size_t i = 0; i < by_fold[k].size(); ++i) {
      const std::int64_t row = by_fold[k][i];
      describe(features, row, design.data() + (place + i) * stride);
      target[place + i] = positive[row] ? 1.0 : 0.0;
      weight[place + i] = mass[row];
    }
  }
}

double Examples::mass_of(bool positive) const {
  double sum = 0;
  for (std::size_t row = 0; row < n_rows; ++row) sum += (target[row] > 0.5) == positive ? weight[row] : 0.0;
  return sum;
}

bool Examples::has_rest(std::size_t k) const {
  for (std::size_t row = 0; row < n_rows; ++row) {
    if (weight[row] > 0 && fold[row] != k) return true;
  }
  return false;
}

}  // namespace maskaudit
