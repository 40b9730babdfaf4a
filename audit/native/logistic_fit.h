// Fits ridge logistic regressions by Newton's method: to all examples, and to all but each fold.
#pragma once

#include "logistic_examples.h"

#include <cstddef>

namespace maskaudit {

constexpr std::size_t max_folds = 8;  // models that are fitted side by side: a row of numbers that a CPU has at once

struct FoldModels {
  std::vector<Numbers> coefficients;  // (n_folds) those of a fold without rest are 0
  Numbers own_log_odds;               // (rows of the examples) by the model that leaves out their fold
};

// Fits to all examples, beginning with some coefficients.
Numbers fit_all(const Examples& examples, double ridge, Numbers coefficients, int n_threads);

// Fits to all but each fold, beginning with the coefficients of all. The curvature is that which the examples of the
// other folds have there (Newton's method with a fixed Hessian), so that one pass over the examples serves all folds.
FoldModels fit_folds(const Examples& examples, double ridge, const Numbers& start, int n_threads);

}  // namespace maskaudit
