// Smoothing by a Gaussian whose standard deviation is one pixel, row by row.
//
// The same numbers as scipy.ndimage.gaussian_filter: cut off four pixels away, mirrored at the borders, down the
// columns first and then along the rows, added up in scipy's order. Only nine rows of the picture are held.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace maskaudit {

// Writes row `row` of a uint8 picture as numbers; `length` = width x channels.
inline void read_bytes(const std::uint8_t* picture, std::int64_t row, std::int64_t length, double* numbers) {
  const std::uint8_t* first = picture + row * length;
  for (std::int64_t k = 0; k < length; ++k) numbers[k] = first[k];
}

// Writes the weighted sum of nine lines of numbers, from the outermost pair to the innermost.
void weigh_lines(const double* const* lines, const double* weights, std::int64_t length, double* sums);

class GaussianRows {
 public:
  GaussianRows(std::int64_t height, std::int64_t width, std::int64_t channels)
      : height_(height), width_(width), channels_(channels), length_(width * channels),
        source_(static_cast<std::size_t>(n_rows * length_)),
        padded_(static_cast<std::size_t>(length_ + 2 * reach * channels)) {}

  // Writes the smoothed row; rows are asked for from top to bottom. read(row, numbers) gives the picture's.
  template <class Read>
  void smooth(std::int64_t row, double* smoothed, Read&& read) {
    for (; next_ < std::min(row + reach + 1, height_); ++next_) read(next_, source_row(next_));
    double* middle = padded_.data() + reach * channels_;
    add_neighbours(middle, [&](std::int64_t away) { return source_row(mirror(row + away, height_)); });
    for (std::int64_t away = 1; away <= reach; ++away)
      for (std::int64_t c = 0; c < channels_; ++c) {
        middle[-away * channels_ + c] = middle[mirror(-away, width_) * channels_ + c];
        middle[(width_ - 1 + away) * channels_ + c] = middle[mirror(width_ - 1 + away, width_) * channels_ + c];
      }
    add_neighbours(smoothed, [&](std::int64_t away) { return middle + away * channels_; });
  }

 private:
  static constexpr std::int64_t reach = 4, n_rows = 2 * reach + 1;
  // exp(-k^2 / 2) over the sum of all nine, written down: exp differs between C libraries.
  static constexpr std::array<double, reach + 1> weights = {
      0.39894346935609776, 0.24197144565660073, 0.05399112742070441,
      0.0044318616200312655, 0.00013383062461474175};

  double* source_row(std::int64_t row) { return source_.data() + row % n_rows * length_; }

  // d c b a | a b c d | d c b a
  static std::int64_t mirror(std::int64_t at, std::int64_t size) {
    const std::int64_t period = 2 * size, inside = ((at % period) + period) % period;
    return inside < size ? inside : period - 1 - inside;
  }

  // The weighted sum of nine lines, away = -4 ... 4.
  template <class Line>
  void add_neighbours(double* sums, Line&& line) {
    std::array<const double*, n_rows> lines;
    for (std::int64_t away = -reach; away <= reach; ++away)
      lines[static_cast<std::size_t>(away + reach)] = line(away);
    weigh_lines(lines.data(), weights.data(), length_, sums);
  }

  std::int64_t height_, width_, channels_, length_, next_ = 0;
  std::vector<double> source_, padded_;
};

}  // namespace maskaudit
