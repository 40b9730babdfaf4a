// Choosing every n-th row in the order of the rows' content, so that ids and the order of records do not count.
#include "sort_key.h"
#include "table.h"
#include "threads.h"

#include <algorithm>
#include <array>
#include <vector>

namespace maskaudit {
namespace {

struct KeyedRow {
  std::int64_t key, row;
  bool operator<(const KeyedRow& other) const { return key != other.key ? key < other.key : row < other.row; }
};

// Puts the right rows at positions 0, step, 2 step and so on of the order by all columns; rows that are equal in all
// of them keep their order. Positions in between may hold any rows that belong between them.
class RowSampler {
 public:
  RowSampler(const double* columns, std::int64_t n, std::int64_t n_columns, std::int64_t step)
      : columns_(columns), n_(n), n_columns_(n_columns), step_(step) {}

  void sort(std::vector<KeyedRow>& rows) { sort(rows.data(), 0, static_cast<std::int64_t>(rows.size()), 0); }

 private:
  void sort(KeyedRow* rows, std::int64_t begin, std::int64_t end, std::int64_t column) {
    for (std::int64_t i = begin; i < end; ++i) rows[i].key = sort_key(columns_[column * n_ + rows[i].row]);
    std::sort(rows + begin, rows + end);
    if (column + 1 == n_columns_) return;
    for (std::int64_t first = begin, last; first < end; first = last) {
      for (last = first + 1; last < end && rows[last].key == rows[first].key;) ++last;
      // Ties count only where a row is taken from among them.
      const std::int64_t taken = (first + step_ - 1) / step_ * step_;
      if (last - first > 1 && taken < last) sort(rows, first, last, column + 1);
    }
  }

  const double* columns_;
  std::int64_t n_, n_columns_, step_;
};

}  // namespace
}  // namespace maskaudit

// Chooses at most `most` rows of each kind of a table that lies column by column. kind: 0, 1, or others for rows
// that are not to be chosen.
// Columns: row, ascending.
MASKAUDIT_API maskaudit::Table* maskaudit_sample_rows(
    const double* columns, std::int64_t n, std::int64_t n_columns, const std::int8_t* kind, std::int64_t most,
    std::int64_t n_threads) {
  using namespace maskaudit;
  return guarded([&](Table& table) {
    std::array<std::vector<std::int64_t>, 2> chosen;
    for_each_item(2, static_cast<int>(n_threads), [&](int, std::int64_t wanted) {
      std::vector<KeyedRow> rows;
      for (std::int64_t row = 0; row < n; ++row) {
        if (kind[row] == wanted) rows.push_back({0, row});
      }
      const auto size = static_cast<std::int64_t>(rows.size());
      const std::int64_t step = std::max<std::int64_t>(1, (size + most - 1) / most);
      if (step > 1 && n_columns > 0) RowSampler(columns, n, n_columns, step).sort(rows);
      auto& taken = chosen[static_cast<std::size_t>(wanted)];
      for (std::int64_t i = 0; i < size; i += step) taken.push_back(rows[static_cast<std::size_t>(i)].row);
      std::sort(taken.begin(), taken.end());
    });
    std::vector<std::int64_t> row(chosen[0].size() + chosen[1].size());
    std::merge(chosen[0].begin(), chosen[0].end(), chosen[1].begin(), chosen[1].end(), row.begin());
    table.add("row", std::move(row));
  });
}
