// Distances, connected parts and holes on a grid of cells.
#include "cell_grid.h"

#include "wide.h"

#include <algorithm>
#include <cstring>

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

std::vector<uint8_t> measure_distances(const Flags& is_marked, GridSize size, int most) {
  // What is within reach grows step by step, and a cell is nearer by one for each step that finds it within: without
  // a choice in the loops, and bytes reached by pointers of their own, many cells are done at a time.
  std::vector<uint8_t> distances(size.cells(), static_cast<uint8_t>(most + 1));
  const std::size_t n_cells = size.cells(), width = static_cast<std::size_t>(size.width), last_row = n_cells - width;
  Flags within = is_marked, next = is_marked;
  uint8_t* const distance = distances.data();
  const auto subtract = [&](const uint8_t* from) {
    for (std::size_t cell = 0; cell < n_cells; ++cell) distance[cell] = static_cast<uint8_t>(distance[cell] - from[cell]);
  };
  const auto unite = [](uint8_t* to, const uint8_t* from, std::size_t n) {
    for (std::size_t cell = 0; cell < n; ++cell) to[cell] = static_cast<uint8_t>(to[cell] | from[cell]);
  };
  subtract(within.data());
  for (int step = 0; step < most; ++step) {
    uint8_t* const grown = next.data();
    const uint8_t* const before = within.data();
    std::copy_n(before, n_cells, grown);
    unite(grown, before + width, last_row);
    unite(grown + width, before, last_row);
    for (std::size_t row = 0; row < n_cells; row += width) {
      unite(grown + row + 1, before + row, width - 1);
      unite(grown + row, before + row + 1, width - 1);
    }
    within.swap(next);
    subtract(within.data());
  }
  return distances;
}

// By pointers of their own: what is written through a vector might be the vector, as far as a compiler knows.
MASKAUDIT_WIDE void mark_above(const std::vector<uint8_t>& numbers, int limit, Flags& is_above) {
  const auto highest = static_cast<uint8_t>(limit);
  const uint8_t* const number = numbers.data();
  uint8_t* const mark = is_above.data();
  const std::size_t n_cells = numbers.size();
  for (std::size_t cell = 0; cell < n_cells; ++cell) mark[cell] = number[cell] > highest;
}

MASKAUDIT_WIDE void keep_common(Flags& is_marked, const Flags& others) {
  uint8_t* const mark = is_marked.data();
  const uint8_t* const other = others.data();
  const std::size_t n_cells = others.size();
  for (std::size_t cell = 0; cell < n_cells; ++cell) mark[cell] = static_cast<uint8_t>(mark[cell] & other[cell]);
}

MASKAUDIT_WIDE int64_t count_marked(const Flags& is_marked) {
  int64_t marked = 0;
  for (const uint8_t cell : is_marked) marked += cell;
  return marked;
}

MASKAUDIT_WIDE int64_t count_common(const Flags& is_marked, const Flags& others) {
  int64_t common = 0;
  const std::size_t n_cells = others.size();
  for (std::size_t cell = 0; cell < n_cells; ++cell) common += is_marked[cell] & others[cell];
  return common;
}

std::vector<GridPart> label_parts(const Flags& is_marked, GridSize size, std::vector<int32_t>& parts) {
  parts.assign(size.cells(), 0);
  std::vector<GridPart> found(1);
  Flags left = is_marked;
  std::vector<std::size_t> stack;
  // Most cells are free: what is marked is looked for many cells at a time.
  const uint8_t *const first = left.data(), *const end = first + left.size();
  const uint8_t* next = first;
  while (next < end && (next = static_cast<const uint8_t*>(std::memchr(next, 1, static_cast<std::size_t>(end - next))))) {
    const auto number = static_cast<int32_t>(found.size());
    GridPart part{0, size.width, size.height, 0, 0};
    stack.push_back(static_cast<std::size_t>(next - first));
    flood(left, stack, size, [&](std::size_t member) {
      const int64_t y = static_cast<int64_t>(member) / size.width, x = static_cast<int64_t>(member) % size.width;
      parts[member] = number;
      ++part.area;
      part = {part.area, std::min(part.x0, x), std::min(part.y0, y), std::max(part.x1, x + 1), std::max(part.y1, y + 1)};
    });
    found.push_back(part);
    ++next;
  }
  return found;
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
