// How well the outlines of masks separate the pixels of a picture, at every place that they could be moved to.
//
// Each mask is looked at in a square of cells. Sums of pixels under a moved mask come from prefix sums down the
// columns: a strip of the mask costs two look-ups, however tall it is, and the places right of each other lie side
// by side in memory. audit/geometry/edges.py says what the numbers mean.
#include "runs.h"
#include "threads.h"
#include "wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace {

using maskaudit::Run;
using maskaudit::RunList;
using std::int32_t;
using std::int64_t;
using std::uint8_t;

constexpr int64_t reach = 6;  // cells that an outline is moved at most, in both directions
constexpr int64_t side_places = 2 * reach + 1, n_places = side_places * side_places, middle = n_places / 2;
constexpr int64_t beyond = 16 - side_places;  // numbers that are read behind a row of places
constexpr int64_t most_cells = 64;          // on the longer side of a mask's box; of a larger one each second pixel ...
constexpr double ring_share = 1.0 / 8;      // width of what lies around a mask, over the root of its area
constexpr double least_ring = 2, most_ring = 8;
constexpr double more_change = 1.25;        // what a better place must have under the outline, over the drawn one
constexpr double least_share = 0.5;         // of the mask, and of its surroundings, that must be seen
constexpr std::array<int64_t, 6> sides = {32, 40, 48, 64, 80, 96};  // of squares, cells; multiples of 8
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

using Places = std::array<double, n_places>;  // a number for each place: down x right

// Strips of the mask, or of its surroundings, in a square of cells.
struct Strip {
  int64_t x, y0, y1;
};

struct Picture {
  const uint8_t* pixels;
  int64_t height, width, channels;
  std::vector<uint8_t> n_masks;  // on each pixel, up to 2
};

// A square of a picture around a mask.
struct View {
  int64_t x, y;  // of the first cell, pixels; may lie outside
  int64_t step;  // pixels from cell to cell
  int64_t ring;  // cells around the mask that are looked at
  int64_t side;  // cells
};

struct Scratch {
  RunList mask;
  std::vector<uint8_t> inside, around, grown, rim, seen;  // side x side
  std::vector<double> pixels;                             // channels x side x side
  std::vector<double> prefix;                             // layers x (side + 1) x side
  std::vector<Strip> inside_strips, around_strips, rim_strips;
  std::vector<Places> sums_inside, sums_around;           // of each layer
  std::vector<double> mean;                               // channels
  Places rim_cells, rim_change, share, change;
};

View choose_view(const RunList& mask) {
  int64_t y0 = mask.front().y0, y1 = 0, area = 0;
  for (const Run& run : mask) {
    y0 = std::min<int64_t>(y0, run.y0);
    y1 = std::max<int64_t>(y1, run.y1);
    area += run.y1 - run.y0;
  }
  const int64_t x0 = mask.front().x, longer = std::max(mask.back().x + 1 - x0, y1 - y0);
  View view;
  view.step = std::max<int64_t>((longer + most_cells - 1) / most_cells, 1);
  const double cells_per_side = std::sqrt(static_cast<double>(area)) / static_cast<double>(view.step);
  const double ring = std::nearbyint(cells_per_side * ring_share);
  view.ring = static_cast<int64_t>(std::clamp(ring, least_ring, most_ring));
  const int64_t margin = view.ring + reach;
  view.x = x0 - margin * view.step;
  view.y = y0 - margin * view.step;
  const int64_t wanted = (longer + view.step - 1) / view.step + 2 * margin;
  view.side = *std::lower_bound(sides.begin(), sides.end() - 1, wanted);
  return view;
}

void paint_mask(const RunList& mask, const View& view, std::vector<uint8_t>& inside) {
  inside.assign(static_cast<std::size_t>(view.side * view.side), 0);
  for (const Run& run : mask) {
    if ((run.x - view.x) % view.step) continue;
    const int64_t x = (run.x - view.x) / view.step;
    const int64_t first = (run.y0 - view.y + view.step - 1) / view.step;
    const int64_t last = (run.y1 - view.y + view.step - 1) / view.step;
    for (int64_t y = first; y < last; ++y) inside[static_cast<std::size_t>(y * view.side + x)] = 1;
  }
}

// Grows by a cell: to the four neighbours, or to all eight. Taken in turns, that makes octagons.
void grow(std::vector<uint8_t>& cells, int64_t side, bool corners, std::vector<uint8_t>& grown) {
  grown = cells;
  for (int64_t y = 0; y < side; ++y) {
    const uint8_t* from = cells.data() + y * side;
    uint8_t* to = grown.data() + y * side;
    for (int64_t x = 1; x < side; ++x) to[x] |= from[x - 1];
    for (int64_t x = 1; x < side; ++x) to[x - 1] |= from[x];
  }
  const std::vector<uint8_t> wide = corners ? grown : std::vector<uint8_t>();
  const uint8_t* from = corners ? wide.data() : cells.data();
  uint8_t* to = grown.data();
  const int64_t below_first = side * (side - 1);
  for (int64_t k = 0; k < below_first; ++k) to[k + side] |= from[k];
  for (int64_t k = 0; k < below_first; ++k) to[k] |= from[k + side];
  cells.swap(grown);
}

// Cells on both sides of the outline: those of the mask or its four neighbours, and the same of the background. The
// border of the square is far from the mask.
MASKAUDIT_WIDE void find_rim(const std::vector<uint8_t>& inside, int64_t side, std::vector<uint8_t>& rim) {
  rim.assign(inside.size(), 0);
  for (int64_t y = 1; y < side - 1; ++y) {
    const uint8_t* row = inside.data() + y * side;
    const uint8_t *above = row - side, *below = row + side;
    uint8_t* found = rim.data() + y * side;
    for (int64_t x = 1; x < side - 1; ++x) {
      const auto neighbours = static_cast<uint8_t>(above[x] + below[x] + row[x - 1] + row[x + 1]);
      found[x] = neighbours != static_cast<uint8_t>(4 * row[x]);
    }
  }
}

void list_strips(const std::vector<uint8_t>& cells, int64_t side, std::vector<Strip>& strips) {
  strips.clear();
  for (int64_t x = 0; x < side; ++x)
    for (int64_t y = 0; y < side; ++y) {
      if (!cells[static_cast<std::size_t>(y * side + x)]) continue;
      const int64_t first = y;
      while (y < side && cells[static_cast<std::size_t>(y * side + x)]) ++y;
      strips.push_back({x, first, y});
    }
}

int64_t count_cells(const std::vector<Strip>& strips) {
  int64_t cells = 0;
  for (const Strip& strip : strips) cells += strip.y1 - strip.y0;
  return cells;
}

// Cuts the square out; seen is what lies in the picture and under no other mask.
void look(const Picture& picture, const View& view, Scratch& scratch) {
  const int64_t side = view.side, channels = picture.channels;
  scratch.seen.resize(static_cast<std::size_t>(side * side));
  scratch.pixels.resize(static_cast<std::size_t>(side * side * channels));
  std::array<int64_t, sides.back()> columns;  // beyond the border the picture goes on as it ends
  for (int64_t column = 0; column < side; ++column)
    columns[static_cast<std::size_t>(column)] =
        std::clamp<int64_t>(view.x + column * view.step, 0, picture.width - 1);
  for (int64_t row = 0; row < side; ++row) {
    const int64_t y = view.y + row * view.step, y_inside = std::clamp<int64_t>(y, 0, picture.height - 1);
    const uint8_t* n_masks = picture.n_masks.data() + y_inside * picture.width;
    const uint8_t *pixels = picture.pixels + y_inside * picture.width * channels,
                  *inside = scratch.inside.data() + row * side;
    uint8_t* seen = scratch.seen.data() + row * side;
    if (y != y_inside) {
      std::fill_n(seen, side, uint8_t{0});
    } else if (view.step == 1) {
      // Neighbours in the square are neighbours in the picture: many are done at a time.
      const int64_t first = std::clamp<int64_t>(-view.x, 0, side), end = std::clamp(picture.width - view.x, first, side);
      std::fill(seen, seen + first, uint8_t{0});
      for (int64_t column = first; column < end; ++column) seen[column] = n_masks[view.x + column] <= inside[column];
      std::fill(seen + end, seen + side, uint8_t{0});
    } else {
      for (int64_t column = 0; column < side; ++column) {
        const int64_t x = columns[static_cast<std::size_t>(column)];
        seen[column] = x == view.x + column * view.step && n_masks[x] <= inside[column];
      }
    }
    for (int64_t c = 0; c < channels; ++c) {
      double* cells = scratch.pixels.data() + (c * side + row) * side;
      for (int64_t column = 0; column < side; ++column)
        cells[column] = pixels[columns[static_cast<std::size_t>(column)] * channels + c];
    }
  }
}

// Fills the layers: 0 what is seen, 1 ... channels the centred pixels, then their squares, then the change from
// cell to cell. Returns how many cells are seen. Loops run along rows, where neighbours do not depend on each other.
MASKAUDIT_WIDE double sum_columns(Scratch& scratch, int64_t side, int64_t channels) {
  std::vector<double>& prefix = scratch.prefix;
  const uint8_t* seen = scratch.seen.data();
  const int64_t layer = side * (side + 1), plane = side * side;
  const double number = std::max<double>(static_cast<double>(std::count(seen, seen + plane, 1)), 1.0);
  // Centred, so that little is lost in the difference of large numbers.
  scratch.mean.assign(static_cast<std::size_t>(channels), 0.0);
  for (int64_t c = 0; c < channels; ++c) {
    double& mean = scratch.mean[static_cast<std::size_t>(c)];
    const double* pixels = scratch.pixels.data() + c * plane;
    std::array<double, 8> sums{};  // whole numbers: their order does not matter
    for (int64_t cell = 0; cell < plane; cell += 8)
      for (int64_t k = 0; k < 8; ++k) sums[static_cast<std::size_t>(k)] += seen[cell + k] * pixels[cell + k];
    for (const double sum : sums) mean += sum;
    mean /= number;
  }
  prefix.resize(static_cast<std::size_t>((channels + 3) * layer + beyond));
  for (int64_t k = 0; k < channels + 3; ++k) std::fill_n(prefix.begin() + k * layer, side, 0.0);
  std::array<double, sides.back()> weight, square, change;
  for (int64_t y = 0; y < side; ++y) {
    const auto add_row = [&](int64_t k, const double* values) {
      double* above = prefix.data() + k * layer + y * side;
      for (int64_t x = 0; x < side; ++x) above[side + x] = above[x] + values[x];
    };
    for (int64_t x = 0; x < side; ++x) weight[static_cast<std::size_t>(x)] = seen[y * side + x];
    add_row(0, weight.data());
    square.fill(0);
    change.fill(0);
    for (int64_t c = 0; c < channels; ++c) {
      const double* row = scratch.pixels.data() + c * plane + y * side;
      const double mean = scratch.mean[static_cast<std::size_t>(c)];
      std::array<double, sides.back()> centred;
      for (int64_t x = 0; x < side; ++x) {
        const auto at = static_cast<std::size_t>(x);
        centred[at] = (row[x] - mean) * weight[at];
        square[at] += centred[at] * centred[at];
      }
      add_row(1 + c, centred.data());
      if (y > 0 && y < side - 1)
        for (int64_t x = 0; x < side; ++x) {
          const double difference = row[x + side] - row[x - side];
          change[static_cast<std::size_t>(x)] += difference * difference;
        }
    }
    for (int64_t c = 0; c < channels; ++c) {
      const double* row = scratch.pixels.data() + c * plane + y * side;
      for (int64_t x = 1; x < side - 1; ++x) {
        const double difference = row[x + 1] - row[x - 1];
        change[static_cast<std::size_t>(x)] += difference * difference;
      }
    }
    const auto length = static_cast<std::size_t>(side);
    for (std::size_t x = 0; x < length; ++x) change[x] = std::sqrt(change[x]) * weight[x];
    add_row(channels + 1, square.data());
    add_row(channels + 2, change.data());
  }
  return number;
}

// Four numbers that are added at a time; compilers make of it what the processor has.
typedef double Four __attribute__((vector_size(32)));

// Adds up a layer under the strips at every place. The square's margin is as wide as the strips are moved. Sums of 16
// places of a row stay in registers; the last three are none, and what is read for them (`beyond` the layer's end, too)
// is thrown away.
MASKAUDIT_WIDE void sum_under(const std::vector<Strip>& strips, const double* layer, int64_t side, Places& sums) {
  for (int64_t down = 0; down < side_places; ++down) {
    Four row[4] = {};
    for (const Strip& strip : strips) {
      const double* bottom = layer + (strip.y1 + down - reach) * side + strip.x - reach;
      const double* top = layer + (strip.y0 + down - reach) * side + strip.x - reach;
      for (int k = 0; k < 4; ++k) {
        Four until, before;
        std::memcpy(&until, bottom + 4 * k, sizeof until);
        std::memcpy(&before, top + 4 * k, sizeof before);
        row[k] += until - before;
      }
    }
    std::memcpy(sums.data() + down * side_places, row, side_places * sizeof(double));
  }
}

// Fills share, of the variation that is between inside and around where the mask is moved down and right, NaN where
// too little of either is seen; and change, how much the picture changes under the outline.
void fit_places(const Picture& picture, const View& view, Scratch& scratch) {
  const int64_t channels = picture.channels, side = view.side, layer = side * (side + 1);
  const double number = sum_columns(scratch, side, channels);
  scratch.sums_inside.resize(static_cast<std::size_t>(channels + 2));
  scratch.sums_around.resize(static_cast<std::size_t>(channels + 2));
  for (int64_t k = 0; k < channels + 2; ++k) {
    const double* sums = scratch.prefix.data() + k * layer;
    sum_under(scratch.inside_strips, sums, side, scratch.sums_inside[static_cast<std::size_t>(k)]);
    sum_under(scratch.around_strips, sums, side, scratch.sums_around[static_cast<std::size_t>(k)]);
  }
  sum_under(scratch.rim_strips, scratch.prefix.data(), side, scratch.rim_cells);
  sum_under(scratch.rim_strips, scratch.prefix.data() + (channels + 2) * layer, side, scratch.rim_change);
  const double least_in = std::max(least_share * static_cast<double>(count_cells(scratch.inside_strips)), 1.0);
  const double least_out = std::max(least_share * static_cast<double>(count_cells(scratch.around_strips)), 1.0);
  const std::vector<Places>&inside = scratch.sums_inside, &around = scratch.sums_around;
  for (std::size_t place = 0; place < n_places; ++place) {
    scratch.change[place] = scratch.rim_change[place] / std::max(scratch.rim_cells[place], 1.0);
    const double seen_in = inside[0][place], seen_out = around[0][place];
    scratch.share[place] = unknown;
    if (seen_in < least_in || seen_out < least_out) continue;
    const double both = seen_in + seen_out;
    double between = 0, mean = 0;
    for (std::size_t c = 1; c <= static_cast<std::size_t>(channels); ++c) {
      const double sum_in = inside[c][place], sum_out = around[c][place];
      const double difference = sum_in / seen_in - sum_out / seen_out;
      between += difference * difference * seen_in * seen_out / both;
      mean += (sum_in + sum_out) * (sum_in + sum_out) / both;
    }
    const double variation = inside.back()[place] + around.back()[place] - mean;
    scratch.share[place] = variation <= 1e-6 * number ? 0.0 : std::clamp(between / variation, 0.0, 1.0);
  }
}

// The place with the largest share, of those with more change under the outline; of equally good ones the nearest.
std::size_t find_best(const Scratch& scratch) {
  static const std::array<std::size_t, n_places> by_distance = [] {
    std::array<std::size_t, n_places> order;
    for (std::size_t place = 0; place < n_places; ++place) order[place] = place;
    std::stable_sort(order.begin(), order.end(), [](std::size_t a, std::size_t b) {
      const auto away = [](std::size_t place) {
        const auto at = static_cast<int64_t>(place);
        const int64_t down = at / side_places - reach, right = at % side_places - reach;
        return down * down + right * right;
      };
      return away(a) < away(b);
    });
    return order;
  }();
  std::size_t best = middle;
  double most = -2;
  for (const std::size_t place : by_distance) {
    const bool is_worse = place != middle && scratch.change[place] < more_change * scratch.change[middle];
    if (is_worse || std::isnan(scratch.share[place])) continue;
    const double value = std::nearbyint(scratch.share[place] * 1e6);
    if (value > most) {
      most = value;
      best = place;
    }
  }
  return best;
}

}  // namespace

// Columns, (n_masks) each: here, the share of the variation that the outline explains as drawn, NaN = not known;
// best, the same at the best place; x, y, how far right and down that lies, pixels.
MASKAUDIT_API maskaudit::Table* maskaudit_fit_edges(
    const int64_t* start, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_masks,
    const uint8_t* pixels, int64_t height, int64_t width, int64_t channels, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::RunColumns masks{x, y0, y1, start};
    Picture picture{pixels, height, width, channels, std::vector<uint8_t>(static_cast<std::size_t>(height * width))};
    for (int64_t run = 0; run < start[n_masks]; ++run)
      for (int64_t y = y0[run]; y < y1[run]; ++y) {
        uint8_t& count = picture.n_masks[static_cast<std::size_t>(y * width + x[run])];
        count = static_cast<uint8_t>(std::min(count + 1, 2));
      }
    std::vector<double> here(static_cast<std::size_t>(n_masks), unknown), best(here);
    std::vector<int64_t> right(here.size()), down(here.size());
    maskaudit::for_each_item(n_masks, static_cast<int>(n_threads), [&](int, int64_t number) {
      thread_local Scratch kept_scratch;
      Scratch& scratch = kept_scratch;  // its address is looked up once
      masks.load(number, scratch.mask);
      if (scratch.mask.empty()) return;
      const View view = choose_view(scratch.mask);
      paint_mask(scratch.mask, view, scratch.inside);
      scratch.around = scratch.inside;
      for (int64_t k = 0; k < view.ring; ++k) grow(scratch.around, view.side, k % 2 == 1, scratch.grown);
      for (std::size_t cell = 0; cell < scratch.around.size(); ++cell) scratch.around[cell] &= !scratch.inside[cell];
      find_rim(scratch.inside, view.side, scratch.rim);
      list_strips(scratch.inside, view.side, scratch.inside_strips);
      list_strips(scratch.around, view.side, scratch.around_strips);
      list_strips(scratch.rim, view.side, scratch.rim_strips);
      look(picture, view, scratch);
      fit_places(picture, view, scratch);
      if (std::isnan(scratch.share[middle])) return;
      const auto out = static_cast<std::size_t>(number), place = find_best(scratch);
      here[out] = scratch.share[middle];
      best[out] = scratch.share[place];
      down[out] = (static_cast<int64_t>(place) / side_places - reach) * view.step;
      right[out] = (static_cast<int64_t>(place) % side_places - reach) * view.step;
    });
    table.add("here", std::move(here));
    table.add("best", std::move(best));
    table.add("x", std::move(right));
    table.add("y", std::move(down));
  });
}
