// Pairs two sets one to one so that the sum of gains is largest: by shortest augmenting paths (Crouse, "On
// implementing 2D rectangular assignment algorithms", 2016).
//
// An assignment takes cubic time, but only items that are linked by pairs compete: most are alone, and of nearly all
// others one item has all the pairs, which needs no assignment.
#include "table.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace maskaudit {
namespace {

using std::int64_t;
using std::size_t;

constexpr double infinite = std::numeric_limits<double>::infinity();

// Which items are linked, however indirectly.
class LinkedGroups {
 public:
  explicit LinkedGroups(size_t n_items) : parent_(n_items) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }

  size_t find_root(size_t item) {
    while (parent_[item] != item) item = parent_[item] = parent_[parent_[item]];
    return item;
  }
  void link(size_t item, size_t to) { parent_[find_root(item)] = find_root(to); }

 private:
  std::vector<size_t> parent_;
};

// Solves one dense assignment. Of equally good ones it takes the one that scipy.optimize.linear_sum_assignment takes:
// the order in which columns are looked at is the same.
class Assignment {
 public:
  // cost: rows x columns, rows <= columns. Returns the column of each row.
  const std::vector<size_t>& solve(const std::vector<double>& cost, size_t n_rows, size_t n_columns) {
    cost_ = cost.data();
    n_columns_ = n_columns;
    row_price_.assign(n_rows, 0.0);
    column_price_.assign(n_columns, 0.0);
    row_of_.assign(n_columns, none);
    column_of_.assign(n_rows, none);
    path_.assign(n_columns, none);
    for (size_t row = 0; row < n_rows; ++row) add_row(row);
    return column_of_;
  }

 private:
  static constexpr size_t none = std::numeric_limits<size_t>::max();

  void add_row(size_t added) {
    double lowest = 0;
    size_t column = find_free_column(added, lowest);
    row_price_[added] += lowest;
    for (size_t row = 0; row < column_of_.size(); ++row)
      if (row_was_seen_[row] && row != added) row_price_[row] += lowest - distance_[column_of_[row]];
    for (size_t k = 0; k < n_columns_; ++k)
      if (column_was_seen_[k]) column_price_[k] -= lowest - distance_[k];
    for (size_t row = none; row != added;) {
      row = path_[column];
      row_of_[column] = row;
      std::swap(column_of_[row], column);
    }
  }

  // Returns the free column that is nearest to a row, and how far that is.
  size_t find_free_column(size_t row, double& lowest) {
    remaining_.resize(n_columns_);
    for (size_t k = 0; k < n_columns_; ++k) remaining_[k] = n_columns_ - 1 - k;
    row_was_seen_.assign(column_of_.size(), 0);
    column_was_seen_.assign(n_columns_, 0);
    distance_.assign(n_columns_, infinite);
    for (size_t n_remaining = n_columns_;;) {
      row_was_seen_[row] = 1;
      const double so_far = lowest;
      size_t nearest = none;
      lowest = infinite;
      for (size_t k = 0; k < n_remaining; ++k) {
        const size_t column = remaining_[k];
        const double reached = so_far + cost_[row * n_columns_ + column] - row_price_[row] - column_price_[column];
        if (reached < distance_[column]) {
          path_[column] = row;
          distance_[column] = reached;
        }
        const bool is_tie = distance_[column] == lowest && row_of_[column] == none;
        if (distance_[column] < lowest || is_tie) {
          lowest = distance_[column];
          nearest = k;
        }
      }
      if (lowest == infinite) throw std::runtime_error("a gain is not a finite number");
      const size_t column = remaining_[nearest];
      column_was_seen_[column] = 1;
      remaining_[nearest] = remaining_[--n_remaining];
      if (row_of_[column] == none) return column;
      row = row_of_[column];
    }
  }

  const double* cost_ = nullptr;
  size_t n_columns_ = 0;
  std::vector<double> row_price_, column_price_, distance_;
  std::vector<size_t> row_of_, column_of_, path_, remaining_;
  std::vector<std::uint8_t> row_was_seen_, column_was_seen_;
};

// What a group of linked items needs.
class GroupSolver {
 public:
  GroupSolver(const int64_t* a, const int64_t* b, const double* gain) : a_(a), b_(b), gain_(gain) {}

  // pairs: ascending positions of a group's pairs; chosen gets those that are taken.
  void solve(const std::vector<int64_t>& pairs, std::vector<int64_t>& chosen) {
    number_items(a_, pairs, items_a_);
    number_items(b_, pairs, items_b_);
    if (items_a_.size() == 1 || items_b_.size() == 1) {
      chosen.push_back(*std::max_element(pairs.begin(), pairs.end(),
                                         [&](int64_t one, int64_t two) { return gain_[one] < gain_[two]; }));
      return;
    }
    const bool is_tall = items_b_.size() < items_a_.size();
    const std::vector<int64_t>&rows = is_tall ? items_b_ : items_a_, &columns = is_tall ? items_a_ : items_b_;
    cost_.assign(rows.size() * columns.size(), 0.0);
    pair_at_.assign(cost_.size(), -1);
    for (const int64_t pair : pairs) {
      const size_t in_a = find_number(items_a_, a_[pair]), in_b = find_number(items_b_, b_[pair]);
      const size_t cell = is_tall ? in_b * columns.size() + in_a : in_a * columns.size() + in_b;
      cost_[cell] = -gain_[pair];
      pair_at_[cell] = pair;
    }
    const std::vector<size_t>& column_of = assignment_.solve(cost_, rows.size(), columns.size());
    for (size_t row = 0; row < rows.size(); ++row) {
      const int64_t pair = pair_at_[row * columns.size() + column_of[row]];
      if (pair >= 0) chosen.push_back(pair);
    }
  }

 private:
  static void number_items(const int64_t* item_of, const std::vector<int64_t>& pairs, std::vector<int64_t>& items) {
    items.clear();
    for (const int64_t pair : pairs) items.push_back(item_of[pair]);
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
  }

  static size_t find_number(const std::vector<int64_t>& items, int64_t item) {
    return static_cast<size_t>(std::lower_bound(items.begin(), items.end(), item) - items.begin());
  }

  const int64_t *a_, *b_;
  const double* gain_;
  std::vector<int64_t> items_a_, items_b_, pair_at_;
  std::vector<double> cost_;
  Assignment assignment_;
};

std::vector<int64_t> choose_pairs(const int64_t* a, const int64_t* b, const double* gain, int64_t n_pairs, int64_t n_a,
                                  int64_t n_b) {
  LinkedGroups groups(static_cast<size_t>(n_a + n_b));
  for (int64_t pair = 0; pair < n_pairs; ++pair)
    groups.link(static_cast<size_t>(a[pair]), static_cast<size_t>(n_a + b[pair]));
  // Pairs by group: in the order of their roots, and in each in their own order.
  std::vector<int64_t> start(static_cast<size_t>(n_a + n_b) + 1, 0), by_group(static_cast<size_t>(n_pairs));
  std::vector<size_t> root(static_cast<size_t>(n_pairs));
  for (size_t pair = 0; pair < root.size(); ++pair) {
    root[pair] = groups.find_root(static_cast<size_t>(a[pair]));
    ++start[root[pair] + 1];
  }
  std::partial_sum(start.begin(), start.end(), start.begin());
  std::vector<int64_t> next(start.begin(), start.end() - 1);
  for (size_t pair = 0; pair < root.size(); ++pair)
    by_group[static_cast<size_t>(next[root[pair]]++)] = static_cast<int64_t>(pair);
  GroupSolver solver(a, b, gain);
  std::vector<int64_t> chosen, pairs;
  for (size_t group = 0; group + 1 < start.size(); ++group) {
    if (start[group] == start[group + 1]) continue;
    pairs.assign(by_group.begin() + start[group], by_group.begin() + start[group + 1]);
    solver.solve(pairs, chosen);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace
}  // namespace maskaudit

// Columns: chosen, ascending positions of pairs. a: (n_pairs) below n_a; b: (n_pairs) below n_b, no pair twice;
// gain: (n_pairs) finite.
MASKAUDIT_API maskaudit::Table* maskaudit_pair_one_to_one(const std::int64_t* a, const std::int64_t* b,
                                                          const double* gain, std::int64_t n_pairs, std::int64_t n_a,
                                                          std::int64_t n_b) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    table.add("chosen", maskaudit::choose_pairs(a, b, gain, n_pairs, n_a, n_b));
  });
}
