// Distances, connected parts and holes on a grid of cells.
#include "cell_grid.h"

#include <algorithm>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

// Calls visit(neighbour) with the cells above, left, right and below.
template <class Visit>
void visit_neighbours(std::size_t cell, GridSize size, Visit&& visit) {
  const auto width = static_cast<std::size_t>(size.width), column = cell % width;
  if (cell >= width) visit(cell - width);
  if (column > 0) visit(cell - 1);
  if (column + 1 < width) visit(cell + 1);
  if (cell + width < size.cells()) visit(cell + width);
}

// Calls visit(cell) with every marked cell that is connected to those of `stack`, once each, and unmarks it.
template <class Visit>
void flood(Flags& is_marked, std::vector<std::size_t>& stack, GridSize size, Visit&& visit) {
  while (!stack.empty()) {
    const std::size_t cell = stack.back();
    stack.pop_back();
    if (!is_marked[cell]) continue;
    is_marked[cell] = 0;
    visit(cell);
    visit_neighbours(cell, size, [&](std::size_t next) {
      if (is_marked[next]) stack.push_back(next);
    });
  }
}

}  // namespace

std::vector<uint8_t> measure_distances(const Flags& is_marked, GridSize size) {
  std::vector<uint8_t> distance(size.cells());
  const int64_t width = size.width, last_row = size.height - 1;
  const auto shorten = [](uint8_t& cell, uint8_t neighbour) {
    cell = std::min(cell, static_cast<uint8_t>(neighbour < 255 ? neighbour + 1 : 255));
  };
  for (std::size_t cell = 0; cell < size.cells(); ++cell) distance[cell] = is_marked[cell] ? 0 : 255;
  for (int64_t y = 0; y <= last_row; ++y) {
    uint8_t* row = distance.data() + y * width;
    if (y > 0)
      for (int64_t x = 0; x < width; ++x) shorten(row[x], row[x - width]);
    for (int64_t x = 1; x < width; ++x) shorten(row[x], row[x - 1]);
  }
  for (int64_t y = last_row; y >= 0; --y) {
    uint8_t* row = distance.data() + y * width;
    if (y < last_row)
      for (int64_t x = 0; x < width; ++x) shorten(row[x], row[x + width]);
    for (int64_t x = width - 1; x > 0; --x) shorten(row[x - 1], row[x]);
  }
  return distance;
}

std::vector<int64_t> label_parts(const Flags& is_marked, GridSize size, std::vector<int32_t>& parts) {
  parts.assign(size.cells(), 0);
  std::vector<int64_t> areas{0};
  Flags left = is_marked;
  std::vector<std::size_t> stack;
  for (std::size_t cell = 0; cell < left.size(); ++cell) {
    if (!left[cell]) continue;
    const auto number = static_cast<int32_t>(areas.size());
    areas.push_back(0);
    stack.push_back(cell);
    flood(left, stack, size, [&](std::size_t member) {
      parts[member] = number;
      ++areas.back();
    });
  }
  return areas;
}

void keep_seeded(Flags& is_marked, const Flags& is_seed, GridSize size) {
  std::vector<std::size_t> stack;
  for (std::size_t cell = 0; cell < size.cells(); ++cell)
    if (is_seed[cell]) stack.push_back(cell);
  Flags kept(size.cells(), 0);
  flood(is_marked, stack, size, [&](std::size_t cell) { kept[cell] = 1; });
  is_marked.swap(kept);
}

void fill_enclosed(Flags& is_marked, GridSize size) {
  Flags is_free(size.cells());
  std::vector<std::size_t> stack;
  for (std::size_t cell = 0; cell < size.cells(); ++cell) {
    is_free[cell] = !is_marked[cell];
    const int64_t row = static_cast<int64_t>(cell) / size.width, column = static_cast<int64_t>(cell) % size.width;
    if (row == 0 || column == 0 || row == size.height - 1 || column == size.width - 1) stack.push_back(cell);
  }
  flood(is_free, stack, size, [](std::size_t) {});
  for (std::size_t cell = 0; cell < size.cells(); ++cell) is_marked[cell] |= is_free[cell];
}

void open_by_cross(Flags& is_marked, GridSize size) {
  Flags core(size.cells(), 0);
  for (std::size_t cell = 0; cell < size.cells(); ++cell) {
    int n_marked = 0;
    visit_neighbours(cell, size, [&](std::size_t next) { n_marked += is_marked[next]; });
    core[cell] = is_marked[cell] && n_marked == 4;  // beyond the grid nothing is marked
  }
  is_marked = core;
  for (std::size_t cell = 0; cell < size.cells(); ++cell)
    if (core[cell]) visit_neighbours(cell, size, [&](std::size_t next) { is_marked[next] = 1; });
}

}  // namespace maskaudit
