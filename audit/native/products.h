// Products of small matrices, as sums over rows in their order: no BLAS, so that every CPU gives the same bytes.
#pragma once

#include <cstddef>
#include <vector>

namespace maskaudit {

constexpr std::size_t tile_rows = 4, tile_columns = 8;

// Adds the products of two matrices to a 4 x 8 tile of a third: out[i][j] += sum over t of a[t][i] * b[t][j].
// a[t][i] lies at a[t * a_term + i * a_row], b[t][j] at b[t * b_term + j], out[i][j] at out[i * out_row + j].
void add_products(const double* a, std::size_t a_term, std::size_t a_row, const double* b, std::size_t b_term,
                  std::size_t n_terms, double* out, std::size_t out_row);

// Products of the rows of a matrix with a vector, whose size is a multiple of 8.
void multiply_rows(const double* rows, std::size_t n_rows, std::size_t size, const double* vector, double* result);

// sum += factor[row] * rows[row], for one row after the other.
void add_rows(const double* rows, std::size_t n_rows, std::size_t size, const double* factor, double* sum);

// A symmetric, positive definite matrix, split by Cholesky's method for solving equations with it.
class CholeskyFactor {
 public:
  // The matrix has size rows of size numbers each; its lower triangle is looked at.
  CholeskyFactor(std::vector<double> matrix, std::size_t size);

  // Returns x with matrix * x = vector.
  std::vector<double> solve(std::vector<double> vector) const;

 private:
  std::vector<double> factor_;
  std::size_t size_;
};

}  // namespace maskaudit
