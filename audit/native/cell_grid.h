// Small operations on a grid of cells, row by row: distances, connected parts, holes. Cells that share an edge are
// connected, those that share a corner are not.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

struct GridSize {
  std::int64_t height, width;
  std::size_t cells() const { return static_cast<std::size_t>(height * width); }
};

using Flags = std::vector<std::uint8_t>;

// Returns how many steps from cell to cell lead to the next marked one; most + 1 where it is further away. Marked cells
// hold 1, the others 0.
std::vector<std::uint8_t> measure_distances(const Flags& is_marked, GridSize size, int most);

// A connected part: how many cells it has, and its box, which ends before x1 and y1.
struct GridPart {
  std::int64_t area = 0, x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

// Marks the cells whose number is above a limit; the others hold 0.
void mark_above(const std::vector<std::uint8_t>& numbers, int limit, Flags& is_above);

// Keeps of what is marked what others mark, too.
void keep_common(Flags& is_marked, const Flags& others);

// Counts what is marked; and what both mark.
std::int64_t count_marked(const Flags& is_marked);
std::int64_t count_common(const Flags& is_marked, const Flags& others);

// Numbers the connected parts from 1 on, in the order of their first cells; 0 = not marked. Returns them by number;
// part 0 is empty.
std::vector<GridPart> label_parts(const Flags& is_marked, GridSize size, std::vector<std::int32_t>& parts);

// Keeps of what is marked the parts that hold a seed.
void keep_seeded(Flags& is_marked, const Flags& is_seed, GridSize size);

// Marks what is enclosed by marked cells.
void fill_enclosed(Flags& is_marked, GridSize size);

// Takes away what is one cell wide.
void open_by_cross(Flags& is_marked, GridSize size);

}  // namespace maskaudit
