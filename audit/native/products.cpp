#include "products.h"

#include "wide.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace maskaudit {

namespace {

// Four numbers side by side. Left to themselves, compilers vectorise the loop over terms, which is ten times slower.
#if defined(__GNUC__)
using Lanes = double __attribute__((vector_size(32)));
#else
struct Lanes {
  double at[4];
  Lanes& operator+=(const Lanes& other) {
    for (int j = 0; j < 4; ++j) at[j] += other.at[j];
    return *this;
  }
};
Lanes operator*(double factor, Lanes lanes) {
  for (double& lane : lanes.at) lane *= factor;
  return lanes;
}
Lanes operator*(Lanes a, const Lanes& b) {
  for (int j = 0; j < 4; ++j) a.at[j] *= b.at[j];
  return a;
}
#endif

}  // namespace

MASKAUDIT_WIDE void add_products(const double* a, std::size_t a_term, std::size_t a_row, const double* b,
                                 std::size_t b_term, std::size_t n_terms, double* out, std::size_t out_row) {
  Lanes sum[tile_rows][2] = {};  // in registers
  for (std::size_t t = 0; t < n_terms; ++t, a += a_term, b += b_term) {
    Lanes low, high;
    std::memcpy(&low, b, sizeof low);
    std::memcpy(&high, b + 4, sizeof high);
    for (std::size_t i = 0; i < tile_rows; ++i) {
      sum[i][0] += a[i * a_row] * low;
      sum[i][1] += a[i * a_row] * high;
    }
  }
  for (std::size_t i = 0; i < tile_rows; ++i) {
    double sums[tile_columns];
    std::memcpy(sums, sum[i], sizeof sums);
    for (std::size_t j = 0; j < tile_columns; ++j) out[i * out_row + j] += sums[j];
  }
}

MASKAUDIT_WIDE void multiply_rows(const double* rows, std::size_t n_rows, std::size_t size, const double* vector,
                                  double* result) {
  for (std::size_t row = 0; row < n_rows; ++row, rows += size) {
    Lanes sum[2] = {};
    for (std::size_t j = 0; j < size; j += 8) {
      for (std::size_t half = 0; half < 2; ++half) {
        Lanes a, b;
        std::memcpy(&a, rows + j + 4 * half, sizeof a);
        std::memcpy(&b, vector + j + 4 * half, sizeof b);
        sum[half] += a * b;
      }
    }
    double sums[8];
    std::memcpy(sums, sum, sizeof sums);
    result[row] = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
  }
}

MASKAUDIT_WIDE void add_rows(const double* rows, std::size_t n_rows, std::size_t size, const double* factor,
                             double* sum) {
  for (std::size_t j = 0; j < size; j += 8) {
    Lanes low, high;
    std::memcpy(&low, sum + j, sizeof low);
    std::memcpy(&high, sum + j + 4, sizeof high);
    for (std::size_t row = 0; row < n_rows; ++row) {
      Lanes a, b;
      std::memcpy(&a, rows + row * size + j, sizeof a);
      std::memcpy(&b, rows + row * size + j + 4, sizeof b);
      low += factor[row] * a;
      high += factor[row] * b;
    }
    std::memcpy(sum + j, &low, sizeof low);
    std::memcpy(sum + j + 4, &high, sizeof high);
  }
}

CholeskyFactor::CholeskyFactor(std::vector<double> matrix, std::size_t size)
    : factor_(std::move(matrix)), size_(size) {
  for (std::size_t i = 0; i < size; ++i) {
    double* const row = factor_.data() + i * size;
    const double diagonal = row[i];
    for (std::size_t j = 0; j <= i; ++j) {
      const double* const above = factor_.data() + j * size;
      double rest = row[j];
      for (std::size_t k = 0; k < j; ++k) rest -= row[k] * above[k];
      // Rounding must not make a root of a negative number.
      row[j] = i == j ? std::sqrt(std::max(rest, 1e-14 * diagonal)) : rest / above[j];
    }
  }
}

std::vector<double> CholeskyFactor::solve(std::vector<double> vector) const {
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t k = 0; k < i; ++k) vector[i] -= factor_[i * size_ + k] * vector[k];
    vector[i] /= factor_[i * size_ + i];
  }
  for (std::size_t i = size_; i-- > 0;) {
    for (std::size_t k = i + 1; k < size_; ++k) vector[i] -= factor_[k * size_ + i] * vector[k];
    vector[i] /= factor_[i * size_ + i];
  }
  return vector;
}

}  // namespace maskaudit
