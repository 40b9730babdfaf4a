// One mask in a window of at most 64 x 64 cells, a column of cells being the bits of one 64-bit word. Growing,
// uniting and counting are a few operations on whole words. A mask that is larger is sampled: every scale-th
// pixel of every scale-th column.
#pragma once

#include "runs.h"

#include <algorithm>
#include <cstdint>

namespace maskaudit {

constexpr int tile_side = 64;
// Free cells around every mask, so that it can grow and its neighbours are seen.
constexpr int tile_margin = 2;
constexpr int tile_room = tile_side - 2 * tile_margin;

// The box around a mask in pixels; a mask without pixels has no width.
struct PixelBox {
  std::int64_t x, y, width, height;
};

// Where the cells of a tile lie in the image.
struct Window {
  std::int64_t x, y;   // first pixel of the first cell; may be negative
  std::int64_t scale;  // pixels a cell, in both directions
  int columns;         // cells across, the margin included
};

inline Window window_around(const PixelBox& box) {
  const std::int64_t size = std::max(box.width, box.height);
  const std::int64_t scale = std::max<std::int64_t>((size + tile_room - 1) / tile_room, 1);
  const std::int64_t across = (box.width + scale - 1) / scale;
  return {box.x - tile_margin * scale, box.y - tile_margin * scale, scale, static_cast<int>(across) + 2 * tile_margin};
}

struct Tile {
  int columns;
  std::uint64_t words[tile_side];  // bit y of word x is the cell in column x and row y
};

// A word with the first `rows` cells of a column, of 0 to 64.
inline std::uint64_t rows_above(int rows) { return rows >= tile_side ? ~0ull : (1ull << rows) - 1; }

// An empty tile.
Tile blank_tile(int columns);

// Adds a mask to a tile; what lies outside of the window is left out.
void draw_mask(RunSpan runs, const Window& window, Tile& tile);

// The tile and the eight neighbours of its cells, as far as the tile reaches.
Tile dilate_tile(const Tile& tile);

// The cells of the first tile that are not in the second.
Tile subtract_tiles(const Tile& tile, const Tile& other);

// Two masks and the slit between them: every cell that neighbours both and, where they still do not meet, also
// those that lie two away from both. Cells that are `taken` by other masks stay free.
Tile unite_tiles(const Tile& a, const Tile& b, const Tile& taken);

int count_cells(const Tile& tile);

// A straight line through a point, in cells, cell (0, 0) having its centre at (0, 0). The cells before it have a
// negative distance along its normal.
class Line {
 public:
  Line() = default;
  Line(float x, float y, float normal_x, float normal_y)
      : x_(x), y_(y), is_above_(normal_y > -level), slope_(-(normal_x / (is_level(normal_y) ? level : normal_y))) {}

  // Whether the cells before the line are those above it.
  bool is_above() const { return is_above_; }

  // The first row of a column that lies on the line or below it, from 0 to 64.
  int first_row_behind(int column) const {
    float row = static_cast<float>(column) - x_;
    row *= slope_;
    row += y_;
    row = std::min(std::max(row, 0.0f), static_cast<float>(tile_side));
    const int whole = static_cast<int>(row);
    return whole + (static_cast<float>(whole) < row);
  }

 private:
  // A normal with less of it downwards is level, and its line upright.
  static constexpr float level = 1e-6f;
  static bool is_level(float down) { return down < level && down > -level; }

  float x_ = 0, y_ = 0;
  bool is_above_ = true;
  float slope_ = 0;  // rows down a column to the right
};

// The cells of a tile before a line.
Tile cells_before(const Tile& tile, const Line& line);

}  // namespace maskaudit
