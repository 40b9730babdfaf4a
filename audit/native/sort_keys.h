// Stable orders and groups of rows by whole numbers, by counting digits in place of comparing keys.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

// One number a row, from 0 on, below 2 ** width; rows stand in the order of these numbers.
struct RowKeys {
  std::vector<std::uint64_t> value;
  int width = 0;
};

struct RowGroups {
  std::vector<std::int64_t> first;  // (n_groups,) first row of each, ascending by key
  std::vector<std::int64_t> group;  // (n_rows,)
  std::vector<std::int64_t> count;  // (n_groups,)
};

// Folds key columns into one; the first column counts most.
RowKeys fold_columns(const std::int64_t* const* columns, std::int64_t n_columns, std::int64_t n_rows);

// Whether the rows ascend already; ends at the first that does not.
bool are_sorted(const std::int64_t* const* columns, std::int64_t n_columns, std::int64_t n_rows);

// Rows by ascending key; equal ones stay in their order.
std::vector<std::int64_t> sort_rows(RowKeys keys);

RowGroups group_rows(const RowKeys& keys);

// The values that occur, ascending, each once.
std::vector<std::int64_t> sort_unique(const std::int64_t* values, std::int64_t n_values);

}  // namespace maskaudit
