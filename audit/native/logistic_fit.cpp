// Sums over examples are taken in portions of rows of a fixed size, whose results are added in their order, whatever
// the number of threads.
#include "logistic_fit.h"

#include "exponential.h"
#include "products.h"
#include "threads.h"
#include "wide.h"

#include <cmath>
#include <utility>

namespace maskaudit {
namespace {

constexpr std::size_t block_rows = 64;  // rows and what is made of them stay in the cache
constexpr std::size_t portion_rows = 512;
constexpr int newton_steps = 14, fold_steps = 5;
constexpr double converged = 1e-3;          // largest change of a log odds at which fitting ends
constexpr double max_change = 4.0;          // of a log odds in a step: longer ones overshoot where kinds hardly overlap
constexpr double intercept_penalty = 1e-6;  // not 0, so that the Hessian can be inverted whatever the examples

static_assert(max_folds == tile_columns, "a tile holds the models of all folds");

void add(const Numbers& from, Numbers& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

// Rows [begin, end) of one fold.
struct Portion {
  std::size_t begin, end, fold;
};

std::vector<Portion> list_portions(const Examples& examples) {
  std::vector<Portion> portions;
  std::size_t begin = 0;
  for (std::size_t k = 0; k < examples.n_folds; ++k) {
    for (const std::size_t end = examples.fold_end[k]; begin < end; begin = portions.back().end) {
      portions.push_back({begin, std::min(begin + portion_rows, end), k});
    }
  }
  return portions;
}

MASKAUDIT_WIDE void list_probabilities(const double* log_odds, std::size_t n, double* result) {
  for (std::size_t i = 0; i < n; ++i) result[i] = 1 / (1 + exponential(-log_odds[i]));
}

MASKAUDIT_WIDE void scale_row(const double* row, std::size_t size, double factor, double* result) {
  for (std::size_t i = 0; i < size; ++i) result[i] = row[i] * factor;
}

MASKAUDIT_WIDE void add_scaled(const double* values, const double* factor, std::size_t n_rows, double* sums) {
  for (std::size_t row = 0; row < n_rows; ++row) {
    for (std::size_t k = 0; k < max_folds; ++k) sums[row * max_folds + k] += factor[k] * values[row * max_folds + k];
  }
}

// What both fits need.
class Fit {
 protected:
  Fit(const Examples& examples, double ridge, int n_threads)
      : examples_(examples), ridge_(ridge), n_threads_(n_threads), portions_(list_portions(examples)) {}

  std::size_t width() const { return examples_.n_coefficients; }
  double penalty(std::size_t i) const { return i ? ridge_ : intercept_penalty; }
  const double* design(std::size_t row) const { return examples_.design.data() + row * examples_.stride; }

  template <class Work>
  void for_each_portion(Work&& work) const {
    for_each_item(static_cast<std::int64_t>(portions_.size()), n_threads_, [&](int, std::int64_t number) {
      work(portions_[static_cast<std::size_t>(number)], static_cast<std::size_t>(number));
    });
  }

  // Products of all rows with a vector of coefficients.
  void multiply(Numbers vector, Numbers& result) const {
    vector.resize(examples_.stride);
    for_each_portion([&](const Portion& portion, std::size_t) {
      multiply_rows(design(portion.begin), portion.end - portion.begin, examples_.stride, vector.data(),
                    result.data() + portion.begin);
    });
  }

  // Adds the curvature X' W X of some rows to the upper triangle of a matrix.
  void add_curvature(std::size_t first, std::size_t n, const double* likely, Numbers& hessian) const {
    const std::size_t stride = examples_.stride;
    thread_local Numbers scaled;
    scaled.resize(block_rows * stride);
    for (std::size_t row = 0; row < n; ++row) {
      const double root = std::sqrt(examples_.weight[first + row] * likely[row] * (1 - likely[row]));
      scale_row(design(first + row), stride, root, scaled.data() + row * stride);
    }
    for (std::size_t i = 0; i < stride; i += tile_rows) {
      for (std::size_t j = i / tile_columns * tile_columns; j < stride; j += tile_columns) {
        add_products(scaled.data() + i, stride, 1, scaled.data() + j, stride, n, hessian.data() + i * stride + j,
                     stride);
      }
    }
  }

  // The lower triangle of a sum of curvatures, with the penalty.
  CholeskyFactor factorize(const Numbers& curvature) const {
    Numbers matrix(width() * width());
    for (std::size_t i = 0; i < width(); ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        matrix[i * width() + j] = curvature[j * examples_.stride + i] + (i == j ? penalty(i) : 0.0);
      }
    }
    return {std::move(matrix), width()};
  }

  const Examples& examples_;
  const double ridge_;
  const int n_threads_;
  const std::vector<Portion> portions_;
};

class WholeFit : Fit {
 public:
  WholeFit(const Examples& examples, double ridge, int n_threads)
      : Fit(examples, ridge, n_threads), log_odds_(examples.n_rows), change_(examples.n_rows) {}

  Numbers fit(Numbers coefficients) {
    multiply(coefficients, log_odds_);
    for (int step = 0; step < newton_steps; ++step) {
      if (take_step(coefficients) < converged) break;
    }
    return coefficients;
  }

 private:
  // Takes a step of Newton's method, shortened where it would change a log odds too much; returns the largest change.
  double take_step(Numbers& coefficients) {
    std::vector<Numbers> gradients(portions_.size()), hessians(portions_.size());
    for_each_portion([&](const Portion& portion, std::size_t number) {
      gradients[number].resize(examples_.stride);
      hessians[number].resize(examples_.stride * examples_.stride);
      sum_up(portion, gradients[number], hessians[number]);
    });
    for (std::size_t number = 1; number < portions_.size(); ++number) {
      add(gradients[number], gradients[0]);
      add(hessians[number], hessians[0]);
    }
    Numbers step(width());
    for (std::size_t i = 0; i < width(); ++i) step[i] = gradients[0][i] - penalty(i) * coefficients[i];
    step = factorize(hessians[0]).solve(std::move(step));
    multiply(step, change_);
    double largest = 0;
    for (std::size_t row = 0; row < examples_.n_rows; ++row) {
      if (examples_.weight[row] > 0) largest = std::max(largest, std::abs(change_[row]));
    }
    const double factor = std::min(1.0, max_change / std::max(largest, 1e-9));
    for (std::size_t i = 0; i < width(); ++i) coefficients[i] += step[i] * factor;
    for (std::size_t row = 0; row < examples_.n_rows; ++row) log_odds_[row] += factor * change_[row];
    return largest;
  }

  void sum_up(const Portion& portion, Numbers& gradient, Numbers& hessian) const {
    double likely[block_rows], error[block_rows];
    for (std::size_t first = portion.begin; first < portion.end; first += block_rows) {
      const std::size_t n = std::min(block_rows, portion.end - first);
      list_probabilities(log_odds_.data() + first, n, likely);
      for (std::size_t row = 0; row < n; ++row) {
        error[row] = examples_.weight[first + row] * (examples_.target[first + row] - likely[row]);
      }
      add_rows(design(first), n, examples_.stride, error, gradient.data());
      add_curvature(first, n, likely, hessian);
    }
  }

  Numbers log_odds_, change_;  // (n_rows) by the coefficients, and what a step would do to them
};

class FoldFit : Fit {
 public:
  FoldFit(const Examples& examples, double ridge, int n_threads)
      : Fit(examples, ridge, n_threads),
        log_odds_(examples.n_rows * max_folds),
        change_(examples.n_rows * max_folds) {}

  FoldModels fit(const Numbers& start) {
    const std::vector<CholeskyFactor> factors = begin(start);
    FoldModels models{std::vector<Numbers>(examples_.n_folds, start), Numbers(examples_.n_rows)};
    for (int step = 0; step < fold_steps; ++step) take_step(factors, models.coefficients);
    std::vector<std::uint8_t> has_rest(examples_.n_folds);
    for (std::size_t k = 0; k < examples_.n_folds; ++k) {
      has_rest[k] = examples_.has_rest(k);
      if (!has_rest[k]) models.coefficients[k].assign(width(), 0.0);
    }
    for (std::size_t row = 0; row < examples_.n_rows; ++row) {
      const std::size_t k = examples_.fold[row];
      models.own_log_odds[row] = has_rest[k] ? log_odds_[row * max_folds + k] : 0.0;
    }
    return models;
  }

 private:
  // Fills the log odds of the start, and returns the curvatures of all but each fold there.
  std::vector<CholeskyFactor> begin(const Numbers& start) {
    Numbers log_odds(examples_.n_rows);
    multiply(start, log_odds);
    std::vector<Numbers> hessians(portions_.size());
    for_each_portion([&](const Portion& portion, std::size_t number) {
      hessians[number].resize(examples_.stride * examples_.stride);
      double likely[block_rows];
      for (std::size_t first = portion.begin; first < portion.end; first += block_rows) {
        const std::size_t n = std::min(block_rows, portion.end - first);
        list_probabilities(log_odds.data() + first, n, likely);
        add_curvature(first, n, likely, hessians[number]);
      }
      for (std::size_t row = portion.begin; row < portion.end; ++row) {
        std::fill_n(log_odds_.begin() + static_cast<std::ptrdiff_t>(row * max_folds), max_folds, log_odds[row]);
      }
    });
    std::vector<CholeskyFactor> factors;
    for (std::size_t k = 0; k < examples_.n_folds; ++k) {
      Numbers sum(examples_.stride * examples_.stride);
      for (std::size_t number = 0; number < portions_.size(); ++number) {
        if (portions_[number].fold != k) add(hessians[number], sum);
      }
      factors.push_back(factorize(sum));
    }
    return factors;
  }

  // Takes a step with each model, as WholeFit does.
  void take_step(const std::vector<CholeskyFactor>& factors, std::vector<Numbers>& coefficients) {
    std::vector<Numbers> by_portion(portions_.size());
    for_each_portion([&](const Portion& portion, std::size_t number) {
      by_portion[number].resize(examples_.stride * max_folds);
      add_gradients(portion, by_portion[number]);
    });
    Numbers gradient(examples_.stride * max_folds), steps(examples_.stride * max_folds);
    for (const Numbers& some : by_portion) add(some, gradient);
    for (std::size_t k = 0; k < examples_.n_folds; ++k) {
      Numbers step(width());
      for (std::size_t i = 0; i < width(); ++i) {
        step[i] = gradient[i * max_folds + k] - penalty(i) * coefficients[k][i];
      }
      step = factors[k].solve(std::move(step));
      for (std::size_t i = 0; i < width(); ++i) steps[i * max_folds + k] = step[i];
    }
    for_each_portion([&](const Portion& portion, std::size_t number) {
      by_portion[number] = find_changes(portion, steps);
    });
    Numbers largest(max_folds), factor(max_folds);
    for (std::size_t k = 0; k < examples_.n_folds; ++k) {
      for (const Numbers& some : by_portion) largest[k] = std::max(largest[k], some[k]);
      factor[k] = std::min(1.0, max_change / std::max(largest[k], 1e-9));
      for (std::size_t i = 0; i < width(); ++i) coefficients[k][i] += steps[i * max_folds + k] * factor[k];
    }
    for_each_portion([&](const Portion& portion, std::size_t) {
      const std::size_t first = portion.begin * max_folds;
      add_scaled(change_.data() + first, factor.data(), portion.end - portion.begin, log_odds_.data() + first);
    });
  }

  // X' (w (y - p)) of the models of all other folds: (stride, max_folds).
  void add_gradients(const Portion& portion, Numbers& gradient) const {
    const std::size_t stride = examples_.stride;
    double error[block_rows * max_folds];
    for (std::size_t first = portion.begin; first < portion.end; first += block_rows) {
      const std::size_t n = std::min(block_rows, portion.end - first);
      list_probabilities(log_odds_.data() + first * max_folds, n * max_folds, error);
      for (std::size_t row = 0; row < n; ++row) {
        const double weight = examples_.weight[first + row], target = examples_.target[first + row];
        double* const of_row = error + row * max_folds;
        for (std::size_t k = 0; k < max_folds; ++k) of_row[k] = weight * (target - of_row[k]);
        of_row[portion.fold] = 0;
      }
      for (std::size_t i = 0; i < stride; i += tile_rows) {
        add_products(design(first) + i, stride, 1, error, max_folds, n, gradient.data() + i * max_folds, max_folds);
      }
    }
  }

  // Fills what steps would change log odds by; returns the largest change that each makes to examples of other folds.
  Numbers find_changes(const Portion& portion, const Numbers& steps) {
    Numbers largest(max_folds);
    for (std::size_t row = portion.begin; row < portion.end; row += tile_rows) {
      double* const change = change_.data() + row * max_folds;
      std::fill_n(change, tile_rows * max_folds, 0.0);
      add_products(design(row), 1, examples_.stride, steps.data(), max_folds, width(), change, max_folds);
      for (std::size_t i = 0; i < tile_rows; ++i) {
        if (!(examples_.weight[row + i] > 0)) continue;
        for (std::size_t k = 0; k < max_folds; ++k) {
          largest[k] = std::max(largest[k], std::abs(change[i * max_folds + k]));
        }
      }
    }
    largest[portion.fold] = 0;
    return largest;
  }

  Numbers log_odds_, change_;  // (n_rows, max_folds)
};

}  // namespace

Numbers fit_all(const Examples& examples, double ridge, Numbers coefficients, int n_threads) {
  return WholeFit(examples, ridge, n_threads).fit(std::move(coefficients));
}

FoldModels fit_folds(const Examples& examples, double ridge, const Numbers& start, int n_threads) {
  return FoldFit(examples, ridge, n_threads).fit(start);
}

}  // namespace maskaudit
