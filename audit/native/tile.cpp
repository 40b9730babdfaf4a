#include "tile.h"

#include "bits.h"

namespace maskaudit {

Tile blank_tile(int columns) {
  Tile tile;
  tile.columns = columns;
  std::fill(tile.words, tile.words + columns, 0);
  return tile;
}

// The cell that a distance from the window's first sampled pixel reaches into, counted from 0 to 64.
static int cell_reached(std::int64_t pixels, std::int64_t scale) {
  if (pixels <= 0) return 0;
  return static_cast<int>(std::min<std::int64_t>((pixels + scale - 1) / scale, tile_side));
}

void draw_mask(RunSpan runs, const Window& window, Tile& tile) {
  const std::int64_t scale = window.scale;
  // The pixel in the middle of a cell stands for it.
  const std::int64_t middle = scale / 2;
  int column = 0;
  std::int64_t sampled = window.x + middle;  // the pixel column that stands for `column`
  for (const Run& run : runs) {
    for (; sampled < run.x; sampled += scale) ++column;
    if (column >= tile.columns) return;
    if (run.x < sampled) continue;
    const int top = cell_reached(run.y0 - window.y - middle, scale);
    const int bottom = cell_reached(run.y1 - window.y - middle, scale);
    tile.words[column] |= rows_above(bottom) & ~rows_above(top);
  }
}

Tile dilate_tile(const Tile& tile) {
  Tile wide;
  wide.columns = tile.columns;
  std::uint64_t before = 0, here = 0;
  for (int column = 0; column < tile.columns; ++column) {
    const std::uint64_t word = tile.words[column];
    const std::uint64_t tall = word | (word << 1) | (word >> 1);
    if (column > 0) wide.words[column - 1] = before | here | tall;
    before = here;
    here = tall;
  }
  if (tile.columns > 0) wide.words[tile.columns - 1] = before | here;
  return wide;
}

Tile subtract_tiles(const Tile& tile, const Tile& other) {
  Tile rest;
  rest.columns = tile.columns;
  for (int column = 0; column < tile.columns; ++column)
    rest.words[column] = tile.words[column] & ~other.words[column];
  return rest;
}

// The cells of both tiles.
static Tile intersect_tiles(const Tile& a, const Tile& b) {
  Tile shared;
  shared.columns = a.columns;
  for (int column = 0; column < a.columns; ++column) shared.words[column] = a.words[column] & b.words[column];
  return shared;
}

static bool has_cells(const Tile& tile) {
  return std::any_of(tile.words, tile.words + tile.columns, [](std::uint64_t word) { return word != 0; });
}

Tile unite_tiles(const Tile& a, const Tile& b, const Tile& taken) {
  const Tile near_a = dilate_tile(a), near_b = dilate_tile(b);
  Tile slit = intersect_tiles(near_a, near_b);
  if (!has_cells(slit)) slit = intersect_tiles(dilate_tile(near_a), dilate_tile(near_b));
  Tile whole;
  whole.columns = a.columns;
  for (int column = 0; column < a.columns; ++column)
    whole.words[column] = a.words[column] | b.words[column] | (slit.words[column] & ~taken.words[column]);
  return whole;
}

int count_cells(const Tile& tile) {
  int cells = 0;
  for (int column = 0; column < tile.columns; ++column) cells += count_bits(tile.words[column]);
  return cells;
}

Tile cells_before(const Tile& tile, const Line& line) {
  Tile part;
  part.columns = tile.columns;
  for (int column = 0; column < tile.columns; ++column) {
    const std::uint64_t above = rows_above(line.first_row_behind(column));
    part.words[column] = tile.words[column] & (line.is_above() ? above : ~above);
  }
  return part;
}

}  // namespace maskaudit
