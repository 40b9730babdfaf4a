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

// Numbers the connected parts from 1 on, in the order of their first cells; 0 = not marked. Returns the areas, cells,
// by number; that of 0 is 0.
std::vector<std::int64_t> label_parts(const Flags& is_marked, GridSize size, std::vector<std::int32_t>& parts);

// Keeps of what is marked the parts that hold a seed.
void keep_seeded(Flags& is_marked, const Flags& is_seed, GridSize size);

// Marks what is enclosed by marked cells.
void fill_enclosed(Flags& is_marked, GridSize size);

// Takes away what is one cell wide.
void open_by_cross(Flags& is_marked, GridSize size);

}  // namespace maskaudit
