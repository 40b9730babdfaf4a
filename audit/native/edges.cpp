// How well the outlines of masks separate the pixels of a picture, at every place that they could be moved to.
//
// Sums of pixels under a moved mask come from prefix sums down the columns: a run of the mask costs two look-ups,
// however tall it is. audit/geometry/edges.py says what the numbers mean.
#include "table.h"
#include "threads.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

using std::int64_t;
using std::uint8_t;

// Strips of the mask, or of its surroundings, in a square of cells.
struct Strip {
  int64_t x, y0, y1;
};

struct Scratch {
  std::vector<double> prefix;  // layers x columns x (side + 1)
  std::vector<Strip> inside, around, rim;
  std::vector<uint8_t> is_rim;
  std::vector<double> sums, mean;
};

void list_strips(const uint8_t* cells, int64_t side, std::vector<Strip>& strips) {
  strips.clear();
  for (int64_t x = 0; x < side; ++x)
    for (int64_t y = 0; y < side; ++y) {
      if (!cells[y * side + x]) continue;
      const int64_t first = y;
      while (y < side && cells[y * side + x]) ++y;
      strips.push_back({x, first, y});
    }
}

int64_t count_cells(const std::vector<Strip>& strips) {
  int64_t cells = 0;
  for (const Strip& strip : strips) cells += strip.y1 - strip.y0;
  return cells;
}

// Cells on both sides of the outline: those of the mask or its four neighbours, and the same of the background.
void find_rim(const uint8_t* inside, int64_t side, std::vector<uint8_t>& is_rim) {
  is_rim.assign(static_cast<std::size_t>(side * side), 0);
  for (int64_t y = 0; y < side; ++y)
    for (int64_t x = 0; x < side; ++x) {
      bool any_in = false, any_out = false;
      const auto look = [&](int64_t row, int64_t column) {
        if (row < 0 || row >= side || column < 0 || column >= side) return;
        (inside[row * side + column] ? any_in : any_out) = true;
      };
      look(y, x);
      look(y - 1, x);
      look(y + 1, x);
      look(y, x - 1);
      look(y, x + 1);
      is_rim[static_cast<std::size_t>(y * side + x)] = any_in && any_out;
    }
}

// Fills the layers: 0 what is seen, 1 ... channels the centred pixels, then their squares, then the change from
// cell to cell. Returns how many cells are seen.
double sum_columns(const double* pixels, const uint8_t* seen, int64_t side, int64_t channels, Scratch& scratch) {
  double number = 0;
  std::vector<double>& mean = scratch.mean;
  mean.assign(static_cast<std::size_t>(channels), 0.0);
  for (int64_t cell = 0; cell < side * side; ++cell) {
    if (!seen[cell]) continue;
    ++number;
    for (int64_t c = 0; c < channels; ++c) mean[static_cast<std::size_t>(c)] += pixels[cell * channels + c];
  }
  number = std::max(number, 1.0);
  // Centred, so that little is lost in the difference of large numbers.
  for (double& value : mean) value /= number;
  const int64_t layer = side * (side + 1);
  scratch.prefix.resize(static_cast<std::size_t>((channels + 3) * layer));
  for (int64_t x = 0; x < side; ++x) {
    double* column = scratch.prefix.data() + x * (side + 1);
    for (int64_t k = 0; k < channels + 3; ++k) column[k * layer] = 0;
    for (int64_t y = 0; y < side; ++y) {
      const int64_t cell = y * side + x;
      const double weight = seen[cell];
      column[y + 1] = column[y] + weight;
      double square = 0, change = 0;
      for (int64_t c = 0; c < channels; ++c) {
        const double value = (pixels[cell * channels + c] - mean[static_cast<std::size_t>(c)]) * weight;
        double* sums = column + (1 + c) * layer;
        sums[y + 1] = sums[y] + value;
        square += value * value;
      }
      const auto add_change = [&](int64_t step) {
        for (int64_t c = 0; c < channels; ++c) {
          const double difference = pixels[(cell + step) * channels + c] - pixels[(cell - step) * channels + c];
          change += difference * difference;
        }
      };
      if (y > 0 && y < side - 1) add_change(side);
      if (x > 0 && x < side - 1) add_change(1);
      double *squares = column + (channels + 1) * layer, *changes = column + (channels + 2) * layer;
      squares[y + 1] = squares[y] + square;
      changes[y + 1] = changes[y] + (seen[cell] ? std::sqrt(change) : 0.0);
    }
  }
  return number;
}

// Adds up a layer under the strips, moved down and right by -reach ... reach: (2 reach + 1)^2 sums, row by row.
void sum_under(const std::vector<Strip>& strips, const double* layer, int64_t side, int64_t reach, double* sums) {
  const int64_t places = 2 * reach + 1;
  std::fill(sums, sums + places * places, 0.0);
  for (const Strip& strip : strips)
    for (int64_t right = 0; right < places; ++right) {
      const int64_t x = strip.x + right - reach;
      if (x < 0 || x >= side) continue;
      const double* column = layer + x * (side + 1);
      for (int64_t down = 0; down < places; ++down) {
        const int64_t y0 = std::clamp<int64_t>(strip.y0 + down - reach, 0, side);
        const int64_t y1 = std::clamp<int64_t>(strip.y1 + down - reach, 0, side);
        sums[down * places + right] += column[y1] - column[y0];
      }
    }
}

}  // namespace

// Columns: share, (n_masks, 2 reach + 1, 2 reach + 1) of the variation that is between inside and around, where the
// mask is moved down and right; NaN where less than least_share of either is seen. change, of the same shape: how
// much the picture changes under the outline.
MASKAUDIT_API maskaudit::Table* maskaudit_fit_edges(
    const uint8_t* inside, const uint8_t* around, const double* pixels, const uint8_t* seen, int64_t n_masks,
    int64_t side, int64_t channels, int64_t reach, double least_share, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const int64_t places = (2 * reach + 1) * (2 * reach + 1), cells = side * side, layer = side * (side + 1);
    std::vector<double> share(static_cast<std::size_t>(n_masks * places)), change(share.size());
    maskaudit::for_each_item(n_masks, static_cast<int>(n_threads), [&](int, int64_t mask) {
      thread_local Scratch scratch;
      const double number = sum_columns(pixels + mask * cells * channels, seen + mask * cells, side, channels, scratch);
      list_strips(inside + mask * cells, side, scratch.inside);
      list_strips(around + mask * cells, side, scratch.around);
      find_rim(inside + mask * cells, side, scratch.is_rim);
      list_strips(scratch.is_rim.data(), side, scratch.rim);
      // Of each layer the sums inside and around; of the last one those under the rim, with the rim's own cells.
      scratch.sums.resize(static_cast<std::size_t>(2 * (channels + 3) * places));
      const auto sums_of = [&](int64_t k, int64_t part) { return scratch.sums.data() + (2 * k + part) * places; };
      for (int64_t k = 0; k < channels + 2; ++k) {
        sum_under(scratch.inside, scratch.prefix.data() + k * layer, side, reach, sums_of(k, 0));
        sum_under(scratch.around, scratch.prefix.data() + k * layer, side, reach, sums_of(k, 1));
      }
      sum_under(scratch.rim, scratch.prefix.data(), side, reach, sums_of(channels + 2, 0));
      sum_under(scratch.rim, scratch.prefix.data() + (channels + 2) * layer, side, reach, sums_of(channels + 2, 1));
      const double least_in = std::max(least_share * static_cast<double>(count_cells(scratch.inside)), 1.0);
      const double least_out = std::max(least_share * static_cast<double>(count_cells(scratch.around)), 1.0);
      for (int64_t place = 0; place < places; ++place) {
        const auto out = static_cast<std::size_t>(mask * places + place);
        change[out] = sums_of(channels + 2, 1)[place] / std::max(sums_of(channels + 2, 0)[place], 1.0);
        const double seen_in = sums_of(0, 0)[place], seen_out = sums_of(0, 1)[place];
        if (seen_in < least_in || seen_out < least_out) {
          share[out] = std::numeric_limits<double>::quiet_NaN();
          continue;
        }
        const double both = seen_in + seen_out;
        double between = 0, mean = 0;
        for (int64_t c = 1; c <= channels; ++c) {
          const double sum_in = sums_of(c, 0)[place], sum_out = sums_of(c, 1)[place];
          const double difference = sum_in / seen_in - sum_out / seen_out;
          between += difference * difference * seen_in * seen_out / both;
          mean += (sum_in + sum_out) * (sum_in + sum_out) / both;
        }
        const double variation = sums_of(channels + 1, 0)[place] + sums_of(channels + 1, 1)[place] - mean;
        const bool is_flat = variation <= 1e-6 * number;
        share[out] = is_flat ? 0.0 : std::clamp(between / variation, 0.0, 1.0);
      }
    });
    table.add("share", std::move(share));
    table.add("change", std::move(change));
  });
}
