#include "split_features.h"

#include "bits.h"
#include "wide.h"

#include <cmath>
#include <limits>

namespace maskaudit {
namespace {

// Directions in which a shape is looked at; each from both sides.
constexpr int directions = 32;

// 512 sin(k pi / 32), rounded: in these units the sums over a tile's 64 columns and rows fit 16 bits.
constexpr std::int16_t quarter_wave[directions / 2 + 1] = {0,   50,  100, 149, 196, 241, 284, 325, 362,
                                                           396, 426, 452, 473, 490, 502, 510, 512};

// What a step of one cell to the right and of one down adds along direction k.
std::int16_t step_right(int k) { return k <= 16 ? quarter_wave[16 - k] : static_cast<std::int16_t>(-quarter_wave[k - 16]); }
std::int16_t step_down(int k) { return quarter_wave[k <= 16 ? k : 32 - k]; }

// Sides are numbered 0 to 63, direction k from its two ends being k and k + 32. Two of them are different ones
// if the angle between them has a cosine below 0.3.
bool are_different_sides(int a, int b) {
  const int between = (a - b) & (2 * directions - 1);
  return between >= 13 && between <= 51;
}

// Cells that a processor looks at together. Lists are filled up to whole blocks with copies of their last cell,
// which change no minimum and no maximum, and never come first.
constexpr int block = 16;

// The outermost cells of every column and of every row, counted from the middle of a full tile so that their
// steps fit 16 bits.
struct Outline {
  static constexpr int most = 4 * tile_side + 2 * block;

  int count = 0;
  int column_ends = 0;  // the first so many are those of the columns, which alone span the convex hull
  alignas(2 * block) std::int16_t x[most];
  alignas(2 * block) std::int16_t y[most];

  explicit Outline(const Tile& tile) {
    int left[tile_side], right[tile_side];
    std::uint64_t seen = 0;
    for (int column = 0; column < tile.columns; ++column) {
      const std::uint64_t word = tile.words[column];
      if (word != 0) add(column, lowest_bit(word));
      for (std::uint64_t first = word & ~seen; first != 0; first &= first - 1) left[lowest_bit(first)] = column;
      seen |= word;
    }
    for (int column = 0; column < tile.columns; ++column)
      if (tile.words[column] != 0) add(column, highest_bit(tile.words[column]));
    fill_block();
    column_ends = count;
    std::uint64_t missing = seen;
    for (int column = tile.columns - 1; missing != 0; --column) {
      for (std::uint64_t last = tile.words[column] & missing; last != 0; last &= last - 1)
        right[lowest_bit(last)] = column;
      missing &= ~tile.words[column];
    }
    for (std::uint64_t rows = seen; rows != 0; rows &= rows - 1) add(left[lowest_bit(rows)], lowest_bit(rows));
    for (std::uint64_t rows = seen; rows != 0; rows &= rows - 1) add(right[lowest_bit(rows)], lowest_bit(rows));
    fill_block();
  }

 private:
  void add(int column, int row) {
    x[count] = static_cast<std::int16_t>(column - tile_side / 2);
    y[count] = static_cast<std::int16_t>(row - tile_side / 2);
    ++count;
  }

  void fill_block() {
    for (; count % block != 0; ++count) {
      x[count] = x[count - 1];
      y[count] = y[count - 1];
    }
  }
};

// The pair of parallel lines that hold a shape between them, in one direction.
struct Strip {
  std::int16_t middle, half_width;
};

// How far behind the hull every cell of an outline lies, and in which direction that is.
struct Depths {
  // The last five bits hold the direction, so that a plain minimum finds both.
  static constexpr int direction_bits = directions - 1;

  const Outline& outline;
  Strip strips[directions];
  alignas(2 * block) std::int16_t nearest[Outline::most];

  explicit Depths(const Outline& cells) : outline(cells) {
    std::fill(nearest, nearest + cells.count, std::numeric_limits<std::int16_t>::max());
    alignas(2 * block) std::int16_t along[Outline::most];
    // Said as products, so that the compiler knows that no block is cut.
    const int n_cells = cells.count / block * block, n_column_ends = cells.column_ends / block * block;
    for (int k = 0; k < directions; ++k) {
      const std::int16_t right = step_right(k), down = step_down(k);
      for (int i = 0; i < n_cells; ++i) along[i] = static_cast<std::int16_t>(cells.x[i] * right + cells.y[i] * down);
      std::int16_t low = along[0], high = along[0];
      for (int i = 0; i < n_column_ends; ++i) {
        low = std::min(low, along[i]);
        high = std::max(high, along[i]);
      }
      const auto half_width = static_cast<std::int16_t>((high - low) >> 1);
      const auto middle = static_cast<std::int16_t>(low + half_width);
      strips[k] = {middle, half_width};
      for (int i = 0; i < n_cells; ++i) {
        const auto off = static_cast<std::int16_t>(along[i] - middle);
        const auto depth = static_cast<std::int16_t>(half_width - std::max<std::int16_t>(off, static_cast<std::int16_t>(-off)));
        nearest[i] = std::min(nearest[i], static_cast<std::int16_t>((depth & ~direction_bits) | k));
      }
    }
  }

  int direction(int cell) const { return nearest[cell] & direction_bits; }

  // Signed distance from the middle of the cell's own strip.
  int off_middle(int cell) const {
    const int k = direction(cell);
    return outline.x[cell] * step_right(k) + outline.y[cell] * step_down(k) - strips[k].middle;
  }

  int side(int cell) const { return direction(cell) + (off_middle(cell) < 0 ? directions : 0); }

  // In cells.
  float depth(int cell) const {
    const int k = direction(cell);
    const float right = step_right(k), down = step_down(k);
    const float depth = static_cast<float>(strips[k].half_width - std::abs(off_middle(cell)));
    return std::max(depth / std::sqrt(right * right + down * down), 0.0f);
  }
};

}  // namespace

MASKAUDIT_WIDE Concavities find_concavities(const Tile& tile) {
  const Outline outline(tile);
  Concavities found{};
  if (outline.count == 0) return found;
  const Depths depths(outline);
  int first = 0;
  for (int i = 1; i < outline.count; ++i)
    if (depths.nearest[i] > depths.nearest[first]) first = i;
  // Cells of the same side count as not deep: the second concavity is another one.
  const int first_side = depths.side(first);
  int second = 0, second_depth = std::numeric_limits<int>::min();
  bool is_elsewhere = false;
  for (int i = 0; i < outline.count; ++i) {
    if (second_depth >= 0 && depths.nearest[i] <= second_depth) continue;
    const bool elsewhere = are_different_sides(depths.side(i), first_side);
    const int depth = elsewhere ? depths.nearest[i] : 0;
    if (depth > second_depth) {
      second = i;
      second_depth = depth;
      is_elsewhere = elsewhere;
    }
  }
  const int cells[2] = {first, second};
  for (int k = 0; k < 2; ++k) {
    found.depth[k] = k == 1 && !is_elsewhere ? 0 : depths.depth(cells[k]);
    found.x[k] = static_cast<float>(outline.x[cells[k]] + tile_side / 2);
    found.y[k] = static_cast<float>(outline.y[cells[k]] + tile_side / 2);
  }
  return found;
}

Seam measure_seam(const Tile& whole, const Spans& whole_spans, float whole_misfit, const Tile& part, const Tile& rest) {
  const Spans part_spans(part), rest_spans(rest);
  const Moments first = Moments::of(part_spans.sum()), second = Moments::of(rest_spans.sum());
  const float both = std::max(first.area + second.area, 1.0f);
  const float misfit = (first.area * part_spans.misfit(first) + second.area * rest_spans.misfit(second)) / both;
  const float width = (first.area <= second.area ? first : second).minor_axis();

  // The seam: the cells of the whole that neighbour both parts. A uniform line of length L has the variance
  // L^2 / 12; the ellipse of equal moments is 4 standard deviations long.
  Tile border = dilate_tile(part);
  const Tile near_rest = dilate_tile(rest);
  for (int column = 0; column < whole.columns; ++column)
    border.words[column] &= near_rest.words[column] & whole.words[column];
  const Moments line = Moments::of(Spans(border).sum());
  const float half = line.major_axis() * 0.4330127f;  // sqrt(12) / 8
  const Direction direction = line.direction();
  const float dx = half * static_cast<float>(direction.x), dy = half * static_cast<float>(direction.y);

  // How full a disc around each end of the seam is.
  const float radius = std::min(std::max(0.35f * width, 2.0f), 8.0f);
  const float disc_area = 3.14159265f * radius * radius;
  const Moments before{disc_area, line.x - dx, line.y - dy, 1, 0, 1}, after{disc_area, line.x + dx, line.y + dy, 1, 0, 1};
  const float fill_before = whole_spans.count_inside(before, disc_area) / disc_area;
  const float fill_after = whole_spans.count_inside(after, disc_area) / disc_area;
  return {whole_misfit - misfit,
          misfit,
          std::min(first.area, second.area) / both,
          2 * half,
          width,
          std::min(fill_before, fill_after),
          std::max(fill_before, fill_after),
          before.x,
          before.y,
          after.x,
          after.y};
}

namespace {

// Cuts across the longer axis that are tried through the deepest concavity, turned by -60, -30, 0, 30 and 60
// degrees.
constexpr Direction tilts[] = {{0.5, -0.8660254037844386},
                               {0.8660254037844386, -0.5},
                               {1, 0},
                               {0.8660254037844386, 0.5},
                               {0.5, 0.8660254037844386}};
constexpr int tilt_count = sizeof(tilts) / sizeof(tilts[0]);
constexpr int line_count = tilt_count + 2;

// Share of a shape below which a part that is cut off is a speck.
constexpr double least_share = 0.05;

// Depth of a notch, at least, over the shorter axis, for two of them to make a neck.
constexpr float least_notch = 0.1f;

// How full the surroundings of a seam's end are where the outline is straight, and a little more.
constexpr float straight = 0.6f;

Line line_across(float x, float y, Direction normal) {
  return {x, y, static_cast<float>(normal.x), static_cast<float>(normal.y)};
}

}  // namespace

namespace {

Line line_between(const Concavities& concavities) {
  const float x = concavities.x[0], y = concavities.y[0];
  return {x, y, y - concavities.y[1], concavities.x[1] - x};
}

// The part of a shape on one side of the line from notch to notch. Unlike a straight line that runs on, it does
// not cut off what lies beyond the notches; it may be all but the line where that does not part the shape.
Tile part_behind_neck(const Tile& tile, const Concavities& notches) {
  Tile neck = blank_tile(tile.columns);
  const float dx = notches.x[1] - notches.x[0], dy = notches.y[1] - notches.y[0];
  const int steps = 4 * static_cast<int>(std::max(std::fabs(dx), std::fabs(dy))) + 1;
  for (int step = 0; step <= steps; ++step) {
    const float along = static_cast<float>(step) / static_cast<float>(steps);
    const float x = notches.x[0] + along * dx;
    const std::uint64_t row = 1ull << static_cast<int>(notches.y[0] + along * dy + 0.5f);
    // Two cells wide, so that no neighbour leads past it.
    neck.words[static_cast<int>(x)] |= row;
    neck.words[std::min(static_cast<int>(x) + 1, tile.columns - 1)] |= row;
  }
  const Tile open = subtract_tiles(tile, neck);
  const Tile near = cells_before(dilate_tile(neck), line_between(notches));
  Tile part = blank_tile(tile.columns);
  for (int column = 0; column < tile.columns; ++column)
    if (const std::uint64_t start = near.words[column] & open.words[column]; start != 0) {
      part.words[column] = start & -start;
      break;
    }
  for (bool grows = true; grows;) {
    Tile wider = dilate_tile(part);
    for (int column = 0; column < tile.columns; ++column) wider.words[column] &= open.words[column];
    grows = !std::equal(wider.words, wider.words + tile.columns, part.words);
    part = wider;
  }
  return part;
}

}  // namespace

Tile find_best_cut(const Tile& tile, const Spans& spans, const MomentSums& sums, const Concavities& concavities) {
  const Moments moments = Moments::of(sums);
  const Direction axis = moments.direction();
  const float x = concavities.x[0], y = concavities.y[0];
  Line lines[line_count];
  for (int k = 0; k < tilt_count; ++k) lines[k] = line_across(x, y, turn_by(axis, tilts[k]));
  // Across the middle, and from one concavity to the other.
  lines[tilt_count] = line_across(moments.x, moments.y, axis);
  lines[tilt_count + 1] = line_between(concavities);

  // The parts are most elliptic where their ellipses of equal moments are smallest, together: no shape has a
  // smaller one than an ellipse of its size.
  int best = 0;
  double least_area = std::numeric_limits<double>::infinity();
  for (int k = 0; k < line_count; ++k) {
    const MomentSums part = spans.sum_above(lines[k]), rest = sums - part;
    if (std::min(part.cells, rest.cells) < least_share * sums.cells) continue;
    const double area = part.ellipse_area() + rest.ellipse_area();
    if (area < least_area) {
      least_area = area;
      best = k;
    }
  }
  return cells_before(tile, lines[best]);
}

Cut measure_best_cut(const Tile& tile, const Spans& spans, const MomentSums& sums, float misfit) {
  Cut cut;
  cut.concavities = find_concavities(tile);
  const Tile best = find_best_cut(tile, spans, sums, cut.concavities);
  cut.seam = measure_seam(tile, spans, misfit, best, subtract_tiles(tile, best));
  // An object that the image's border cuts off has parts that are no ellipses: the best line may then run from
  // a notch to the border, past the other notch. The line between the notches is taken where it is the neck.
  const Concavities& notches = cut.concavities;
  const float least_depth = least_notch * Moments::of(sums).minor_axis();
  if (std::min(notches.depth[0], notches.depth[1]) < least_depth || cut.seam.notch_low > straight) return cut;
  const Tile part = part_behind_neck(tile, notches);
  const int cells = count_cells(part);
  if (std::min<double>(cells, sums.cells - cells) < least_share * sums.cells) return cut;
  const Seam neck = measure_seam(tile, spans, misfit, part, subtract_tiles(tile, part));
  if (neck.notch_low > straight && neck.length < cut.seam.length) cut.seam = neck;
  return cut;
}

}  // namespace maskaudit
