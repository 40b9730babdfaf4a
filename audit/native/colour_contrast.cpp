// Fisher's linear discriminant of two sets of colours, and medians.
#include "colour_contrast.h"

#include "wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace maskaudit {
namespace {

using std::int64_t;
using std::size_t;

constexpr double noise_variance = 4.0;  // grey levels squared: keeps the discriminant stable on flat colours

// Whole numbers, so that neither their order nor the CPU changes a digit.
struct ColourSums {
  int64_t number = 0;
  std::vector<int64_t> sum, product;  // channels; channels x channels

  ColourSums(const ColourCells& cells, const std::vector<std::uint8_t>& is_member)
      : sum(static_cast<size_t>(cells.channels)), product(sum.size() * sum.size()) {
    if (sum.size() != 3) throw std::invalid_argument("a picture has one channel or three");
    add_colours<3>(cells.values, is_member);
  }

  // Of one channel there are 256 values: they were counted.
  explicit ColourSums(const std::vector<int64_t>& grey_counts) : sum(1), product(1) {
    for (int64_t grey = 0; grey < static_cast<int64_t>(grey_counts.size()); ++grey) {
      const int64_t cells = grey_counts[static_cast<size_t>(grey)];
      number += cells;
      sum[0] += cells * grey;
      product[0] += cells * grey * grey;
    }
  }

  template <size_t channels>
  void add_colours(const std::uint8_t* value, const std::vector<std::uint8_t>& is_member) {
    std::array<int64_t, channels> sums{};
    std::array<int64_t, channels * channels> products{};
    const std::uint8_t* member = is_member.data();
    for (size_t cell = 0; cell < is_member.size(); ++cell, value += channels) {
      if (!member[cell]) continue;
      ++number;
      for (size_t a = 0; a < channels; ++a) {
        sums[a] += value[a];
        for (size_t b = 0; b <= a; ++b) products[a * channels + b] += value[a] * value[b];
      }
    }
    std::copy(sums.begin(), sums.end(), sum.begin());
    std::copy(products.begin(), products.end(), product.begin());
  }

  double mean(size_t channel) const { return static_cast<double>(sum[channel]) / static_cast<double>(number); }

  double covariance(size_t a, size_t b) const {
    const int64_t by_number = number * product[a * sum.size() + b] - sum[a] * sum[b];
    return static_cast<double>(by_number) / static_cast<double>(number * (number - 1));
  }
};

// Solves matrix x = right side for a symmetric, positive definite matrix of which the lower half is given.
std::vector<double> solve(std::vector<double> matrix, std::vector<double> right_side) {
  const size_t size = right_side.size();
  for (size_t column = 0; column < size; ++column)
    for (size_t row = column + 1; row < size; ++row) {
      const double factor = matrix[row * size + column] / matrix[column * size + column];
      for (size_t k = row; k < size; ++k) matrix[k * size + row] -= factor * matrix[k * size + column];
      right_side[row] -= factor * right_side[column];
    }
  for (size_t row = size; row-- > 0;) {
    for (size_t k = row + 1; k < size; ++k) right_side[row] -= matrix[k * size + row] * right_side[k];
    right_side[row] /= matrix[row * size + row];
  }
  return right_side;
}

// The direction in which two sets differ most.
std::vector<double> discriminate(const ColourSums& inside, const ColourSums& outside) {
  const size_t channels = inside.sum.size();
  std::vector<double> difference(channels), spread(channels * channels);
  for (size_t a = 0; a < channels; ++a) {
    difference[a] = inside.mean(a) - outside.mean(a);
    for (size_t b = 0; b <= a; ++b) {
      if (inside.number > 1 && outside.number > 1)
        spread[a * channels + b] = (inside.covariance(a, b) + outside.covariance(a, b)) / 2;
      if (a == b) spread[a * channels + b] += noise_variance;
    }
  }
  std::vector<double> direction = solve(std::move(spread), std::move(difference));
  double squares = 0;
  for (const double value : direction) squares += value * value;
  const double length = std::sqrt(squares);
  if (length > 0)
    for (double& value : direction) value /= length;
  return direction;
}

}  // namespace

std::vector<int64_t> count_greys(const std::uint8_t* value, const std::vector<std::uint8_t>& is_member) {
  // Neighbours are often equal, and to add to one counter twice in a row takes time: they take turns.
  constexpr size_t turns = 4, greys = 256;
  std::array<std::array<std::uint32_t, greys>, turns> count{};
  const std::uint8_t* member = is_member.data();
  for (size_t cell = 0; cell < is_member.size(); ++cell) count[cell % turns][value[cell]] += member[cell];
  std::vector<int64_t> total(greys);
  for (const auto& turn : count)
    for (size_t grey = 0; grey < greys; ++grey) total[grey] += turn[grey];
  return total;
}

std::vector<double> find_direction(const ColourCells& cells) {
  return discriminate({cells, cells.is_object}, {cells, cells.is_background});
}

double find_grey_direction(const std::vector<int64_t>& object_counts, const std::vector<int64_t>& background_counts) {
  return discriminate(ColourSums(object_counts), ColourSums(background_counts))[0];
}

MASKAUDIT_WIDE void project_colours(const std::uint8_t* colours, int64_t n_cells, const double* direction,
                                    double* brightness) {
  const double red = direction[0], green = direction[1], blue = direction[2];
  for (int64_t k = 0; k < n_cells; ++k)
    brightness[k] = 0.0 + colours[3 * k] * red + colours[3 * k + 1] * green + colours[3 * k + 2] * blue;
}

MASKAUDIT_WIDE void project_greys(const std::uint8_t* greys, int64_t n_cells, double direction, double* brightness) {
  for (int64_t k = 0; k < n_cells; ++k) brightness[k] = 0.0 + greys[k] * direction;
}

double find_median(std::vector<double>& values) {
  const auto half = static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), values.begin() + half, values.end());
  const double upper = values[static_cast<size_t>(half)];
  if (values.size() % 2) return upper;
  return (*std::max_element(values.begin(), values.begin() + half) + upper) / 2;
}

double ValueCounts::find_median() {
  if (counts.empty()) return maskaudit::find_median(values);
  std::vector<size_t> order(values.size());
  for (size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  int64_t total = 0;
  for (const int64_t count : counts) total += count;
  const auto value_at = [&](int64_t rank) {
    size_t k = 0;
    while (rank >= counts[order[k]]) rank -= counts[order[k++]];
    return values[order[k]];
  };
  const double upper = value_at(total / 2);
  return total % 2 ? upper : (value_at(total / 2 - 1) + upper) / 2;
}

double find_quantile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  const double place = static_cast<double>(values.size() - 1) * share, whole = std::floor(place);
  const auto below = static_cast<size_t>(whole), above = std::min(below + 1, values.size() - 1);
  const double step = values[above] - values[below], part = place - whole;
  return part >= 0.5 ? values[above] - step * (1 - part) : values[below] + step * part;
}

}  // namespace maskaudit
