// Whether a picture changes most under an outline, or beside it (audit/geometry/edge_profile.py).
//
// The gradient is summed up down the columns: a run of a band costs two look-ups, however tall it is.
#include "gaussian.h"
#include "run_sets.h"
#include "square_morphology.h"
#include "threads.h"
#include "wide.h"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace {

using maskaudit::Run;
using maskaudit::RunList;
using std::int32_t;
using std::int64_t;
using std::uint8_t;

constexpr int near_px = 1, far_px = 3;  // the bands' limits, pixels from the outline
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Adds the squared change along an axis; `by_span` is one over the distance between both rows or pixels, 1 or 1/2:
// to multiply by it rounds as to divide by the distance does.
template <int64_t channels>
MASKAUDIT_WIDE void add_change(const double* before, const double* after, double by_span, int64_t width,
                               double* squares) {
  for (int64_t x = 0; x < width; ++x) {
    double sum = 0;
    for (int64_t c = 0; c < channels; ++c) {
      const double change = (after[x * channels + c] - before[x * channels + c]) * by_span;
      sum += change * change;
    }
    squares[x] += sum;
  }
}

// Adds the square roots to a row of sums.
MASKAUDIT_WIDE void add_roots(const double* squares, const double* above, int64_t width, double* sums) {
  for (int64_t x = 0; x < width; ++x) sums[x] = above[x] + std::sqrt(squares[x]);
}

// Sums of the smoothed picture's gradient down each column: (height + 1) rows of `width`.
template <int64_t channels>
std::vector<double> sum_gradient(const uint8_t* picture, int64_t height, int64_t width) {
  const int64_t length = width * channels;
  maskaudit::GaussianRows rows(height, width, channels);
  std::vector<double> smooth(static_cast<std::size_t>(3 * length)), squares(static_cast<std::size_t>(width));
  std::vector<double> sums(static_cast<std::size_t>((height + 1) * width));
  const auto row = [&](int64_t y) { return smooth.data() + y % 3 * length; };
  const auto read = [&](int64_t y, double* numbers) { maskaudit::read_bytes(picture, y, length, numbers); };
  for (int64_t y = 0, next = 0; y < height; ++y) {
    for (; next < std::min(y + 2, height); ++next) rows.smooth(next, row(next), read);
    std::fill(squares.begin(), squares.end(), 0.0);
    const int64_t above = std::max<int64_t>(y - 1, 0), below = std::min(y + 1, height - 1);
    if (height > 1)
      add_change<channels>(row(above), row(below), below - above == 2 ? 0.5 : 1, width, squares.data());
    if (width > 1) {
      const double* line = row(y);
      add_change<channels>(line, line + channels, 1, 1, squares.data());
      if (width > 2) add_change<channels>(line, line + 2 * channels, 0.5, width - 2, squares.data() + 1);
      add_change<channels>(line + length - 2 * channels, line + length - channels, 1, 1, squares.data() + width - 1);
    }
    add_roots(squares.data(), sums.data() + y * width, width, sums.data() + (y + 1) * width);
  }
  return sums;
}

struct Bands {
  RunList mask, inner_near, inner_far, outer_near, outer_far, band, scratch;
};

// The mean over the pixels of `larger` that are not in `smaller`; NaN where they are few.
double average_between(const RunList& larger, const RunList& smaller, const std::vector<double>& sums, int64_t width,
                       int64_t least_px, RunList& band) {
  maskaudit::subtract(larger, smaller, band);
  double total = 0;
  int64_t pixels = 0;
  for (const Run& run : band) {
    total += sums[static_cast<std::size_t>(run.y1 * width + run.x)] -
             sums[static_cast<std::size_t>(run.y0 * width + run.x)];
    pixels += run.y1 - run.y0;
  }
  return pixels >= least_px ? total / static_cast<double>(pixels) : unknown;
}

double compare_bands(Bands& bands, const std::vector<double>& sums, int64_t height, int64_t width,
                     int64_t least_px) {
  bands.inner_near = bands.outer_near = bands.mask;
  maskaudit::erode(bands.inner_near, near_px, bands.scratch);
  maskaudit::dilate(bands.outer_near, near_px, bands.scratch);
  bands.inner_far = bands.inner_near;
  bands.outer_far = bands.outer_near;
  maskaudit::erode(bands.inner_far, far_px - near_px, bands.scratch);
  maskaudit::dilate(bands.outer_far, far_px - near_px, bands.scratch);
  for (RunList* grown : {&bands.outer_near, &bands.outer_far})
    maskaudit::clip(*grown, static_cast<int>(height), static_cast<int>(width));
  const double under = average_between(bands.outer_near, bands.inner_near, sums, width, least_px, bands.band);
  const double inside = average_between(bands.inner_near, bands.inner_far, sums, width, least_px, bands.band);
  const double outside = average_between(bands.outer_far, bands.outer_near, sums, width, least_px, bands.band);
  if (!(under > 0) || std::isnan(inside) || std::isnan(outside)) return unknown;
  return std::max(inside, outside) / under;
}

}  // namespace

// Columns: ratio, (n_masks) the larger mean gradient of the bands inside and outside of each outline, by that under
// it; NaN where a band has fewer than least_px pixels or the picture is flat.
MASKAUDIT_API maskaudit::Table* maskaudit_compare_edges_beside(
    const int64_t* start, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_masks,
    const uint8_t* picture, int64_t height, int64_t width, int64_t channels, int64_t least_px, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::RunColumns masks{x, y0, y1, start};
    if (channels != 1 && channels != 3) throw std::invalid_argument("a picture has one channel or three");
    const std::vector<double> sums =
        channels == 1 ? sum_gradient<1>(picture, height, width) : sum_gradient<3>(picture, height, width);
    std::vector<double> ratio(static_cast<std::size_t>(n_masks));
    maskaudit::for_each_item(n_masks, static_cast<int>(n_threads), [&](int, int64_t number) {
      thread_local Bands kept_bands;
      Bands& bands = kept_bands;  // its address is looked up once
      masks.load(number, bands.mask);
      ratio[static_cast<std::size_t>(number)] = compare_bands(bands, sums, height, width, least_px);
    });
    table.add("ratio", std::move(ratio));
  });
}
