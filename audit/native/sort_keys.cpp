// Stable orders and groups of rows by whole numbers, by counting digits in place of comparing keys
// (least significant digit first: Knuth, "The Art of Computer Programming", volume 3, 5.2.5).
#include "sort_keys.h"

#include "table.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace maskaudit {
namespace {

using Keys = std::vector<std::uint64_t>;

constexpr int kKeyBits = 64;
constexpr int kWideDigit = 11;    // 2048 places to write to still lie in the second cache
constexpr int kNarrowDigit = 8;   // few keys: clearing 2048 counters would cost more than a pass
constexpr std::size_t kFewKeys = 30000;

int bit_width(std::uint64_t number) {
  int width = 0;
  for (; number; number >>= 1) ++width;
  return width;
}

// Sorts numbers by `width` of their bits, from bit `low` on.
void sort_by_bits(Keys& numbers, int low, int width) {
  if (width == 0) return;
  const int widest = numbers.size() < kFewKeys ? kNarrowDigit : kWideDigit;
  const int n_passes = (width + widest - 1) / widest;
  const int digit_bits = (width + n_passes - 1) / n_passes;
  const std::size_t n_digits = std::size_t{1} << digit_bits;
  const std::uint64_t mask = n_digits - 1;
  std::vector<std::size_t> place(n_digits * static_cast<std::size_t>(n_passes));
  for (const std::uint64_t number : numbers) {
    for (int pass = 0; pass < n_passes; ++pass) {
      ++place[n_digits * static_cast<std::size_t>(pass) + ((number >> (low + pass * digit_bits)) & mask)];
    }
  }
  Keys sorted(numbers.size());
  for (int pass = 0; pass < n_passes; ++pass) {
    std::size_t* next = place.data() + n_digits * static_cast<std::size_t>(pass);
    std::exclusive_scan(next, next + n_digits, next, std::size_t{0});
    const int shift = low + pass * digit_bits;
    for (const std::uint64_t number : numbers) sorted[next[(number >> shift) & mask]++] = number;
    numbers.swap(sorted);
  }
}

// A column as numbers from 0 on. Zeros at the end of all of them are dropped: as bits, whole floats have many.
struct Column {
  const std::int64_t* values;
  std::uint64_t lowest = 0;
  int n_zeros = 0;
  int width = 0;

  std::uint64_t operator[](std::size_t row) const {
    return (static_cast<std::uint64_t>(values[row]) - lowest) >> n_zeros;
  }
};

Column describe_column(const std::int64_t* values, std::size_t n_rows) {
  Column column{values};
  if (n_rows == 0) return column;
  column.lowest = static_cast<std::uint64_t>(*std::min_element(values, values + n_rows));
  std::uint64_t used = 0;
  for (std::size_t row = 0; row < n_rows; ++row) used |= column[row];
  while (used && !((used >> column.n_zeros) & 1)) ++column.n_zeros;
  column.width = bit_width(used >> column.n_zeros);
  return column;
}

// Appends the bits of a column to those of keys.
template <class Bits>
void append_bits(RowKeys& keys, const Bits& bits, int width) {
  for (std::size_t row = 0; row < keys.value.size(); ++row) {
    keys.value[row] = keys.width ? (keys.value[row] << width) | bits[row] : bits[row];
  }
  keys.width += width;
}

// Replaces keys by the numbers of their groups: as many bits as rows need, whatever the keys were.
void number_groups(RowKeys& keys) {
  const RowGroups groups = group_rows(keys);
  std::copy(groups.group.begin(), groups.group.end(), keys.value.begin());
  keys.width = bit_width(groups.first.size() - 1);
}

// Counts keys of few possible values in a table with a place for each.
RowGroups group_by_table(const Keys& keys, std::size_t n_values) {
  RowGroups groups;
  std::vector<std::uint32_t> count(n_values), first(n_values);
  for (std::size_t row = 0; row < keys.size(); ++row) {
    if (count[keys[row]]++ == 0) first[keys[row]] = static_cast<std::uint32_t>(row);
  }
  for (std::size_t value = 0; value < n_values; ++value) {
    if (count[value] == 0) continue;
    groups.first.push_back(first[value]);
    groups.count.push_back(count[value]);
    first[value] = static_cast<std::uint32_t>(groups.first.size() - 1);  // from here on: the group's number
  }
  groups.group.resize(keys.size());
  for (std::size_t row = 0; row < keys.size(); ++row) groups.group[row] = first[keys[row]];
  return groups;
}

}  // namespace

RowKeys fold_columns(const std::int64_t* const* columns, std::int64_t n_columns, std::int64_t n_rows) {
  if (n_rows > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("more than 2 ** 32 rows to sort");
  RowKeys folded;
  folded.value.resize(static_cast<std::size_t>(n_rows));
  for (std::int64_t number = 0; number < n_columns; ++number) {
    const Column column = describe_column(columns[number], folded.value.size());
    if (column.width == 0) continue;
    if (folded.width + column.width > kKeyBits) number_groups(folded);
    if (folded.width + column.width <= kKeyBits) {
      append_bits(folded, column, column.width);
      continue;
    }
    RowKeys numbered;
    numbered.value.resize(folded.value.size());
    append_bits(numbered, column, column.width);
    number_groups(numbered);
    append_bits(folded, numbered.value, numbered.width);
  }
  return folded;
}

std::vector<std::int64_t> sort_rows(RowKeys keys) {
  const std::size_t n_rows = keys.value.size();
  std::vector<std::int64_t> order(n_rows);
  if (std::is_sorted(keys.value.begin(), keys.value.end())) {
    std::iota(order.begin(), order.end(), std::int64_t{0});
    return order;
  }
  // A key and its row share one number of 64 bits: a pass moves 8 bytes a row. Where both do not fit, the lowest bits
  // of the keys stay outside, and the few rows that are equal without them are compared afterwards.
  const int row_bits = bit_width(n_rows - 1);
  const int n_outside = std::max(0, keys.width + row_bits - kKeyBits);
  const std::uint64_t row_mask = (std::uint64_t{1} << row_bits) - 1;
  Keys packed = n_outside ? keys.value : std::move(keys.value);
  for (std::size_t row = 0; row < n_rows; ++row) packed[row] = ((packed[row] >> n_outside) << row_bits) | row;
  sort_by_bits(packed, row_bits, keys.width - n_outside);
  for (std::size_t place = 0; place < n_rows; ++place) order[place] = static_cast<std::int64_t>(packed[place] & row_mask);
  if (n_outside == 0) return order;
  const auto key = [&](std::int64_t row) { return keys.value[static_cast<std::size_t>(row)]; };
  for (std::size_t start = 0, stop; start < n_rows; start = stop) {
    for (stop = start + 1; stop < n_rows && packed[stop] >> row_bits == packed[start] >> row_bits;) ++stop;
    if (stop - start == 1) continue;
    std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(start), order.begin() + static_cast<std::ptrdiff_t>(stop),
                     [&](std::int64_t left, std::int64_t right) { return key(left) < key(right); });
  }
  return order;
}

bool are_sorted(const std::int64_t* const* columns, std::int64_t n_columns, std::int64_t n_rows) {
  for (std::int64_t row = 1; row < n_rows; ++row) {
    for (std::int64_t number = 0; number < n_columns; ++number) {
      const std::int64_t before = columns[number][row - 1], here = columns[number][row];
      if (here < before) return false;
      if (here > before) break;
    }
  }
  return true;
}

RowGroups group_rows(const RowKeys& keys) {
  const std::size_t n_rows = keys.value.size();
  if (keys.width < kKeyBits && (std::uint64_t{1} << keys.width) <= 1024 + 4 * static_cast<std::uint64_t>(n_rows)) {
    return group_by_table(keys.value, std::size_t{1} << keys.width);
  }
  RowGroups groups;
  groups.group.resize(n_rows);
  std::uint64_t last_key = 0;
  for (const std::int64_t row : sort_rows(keys)) {
    const std::uint64_t key = keys.value[static_cast<std::size_t>(row)];
    if (groups.first.empty() || key != last_key) {
      groups.first.push_back(row);  // the order is stable: the first row comes first
      groups.count.push_back(0);
      last_key = key;
    }
    ++groups.count.back();
    groups.group[static_cast<std::size_t>(row)] = static_cast<std::int64_t>(groups.first.size() - 1);
  }
  return groups;
}

std::vector<std::int64_t> sort_unique(const std::int64_t* values, std::int64_t n_values) {
  std::vector<std::int64_t> unique;
  if (n_values == 0) return unique;
  const auto [least, most] = std::minmax_element(values, values + n_values);
  const auto lowest = static_cast<std::uint64_t>(*least);
  const std::uint64_t span = static_cast<std::uint64_t>(*most) - lowest;
  const auto value_of = [&](std::uint64_t key) { return static_cast<std::int64_t>(key + lowest); };
  if (span / 256 <= static_cast<std::uint64_t>(n_values)) {  // a bit for each possible value costs less than a sort
    Keys marks(span / 64 + 1);
    for (std::int64_t i = 0; i < n_values; ++i) {
      const std::uint64_t key = static_cast<std::uint64_t>(values[i]) - lowest;
      marks[key / 64] |= std::uint64_t{1} << (key % 64);
    }
    for (std::size_t word = 0; word < marks.size(); ++word) {
      std::uint64_t key = word * 64;
      for (std::uint64_t rest = marks[word]; rest; rest >>= 1, ++key) {
        if (rest & 1) unique.push_back(value_of(key));
      }
    }
    return unique;
  }
  Keys keys(static_cast<std::size_t>(n_values));
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<std::uint64_t>(values[i]) - lowest;
  if (!std::is_sorted(keys.begin(), keys.end())) sort_by_bits(keys, 0, bit_width(span));
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  unique.reserve(keys.size());
  for (const std::uint64_t key : keys) unique.push_back(value_of(key));
  return unique;
}

}  // namespace maskaudit

// keys: addresses of n_keys columns, (n_rows) each. Columns: order, (n_rows).
MASKAUDIT_API maskaudit::Table* maskaudit_sort_rows(
    const std::int64_t* const* keys, std::int64_t n_keys, std::int64_t n_rows) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    if (maskaudit::are_sorted(keys, n_keys, n_rows)) {  // as files often are: nothing to fold, nothing to move
      std::vector<std::int64_t> order(static_cast<std::size_t>(n_rows));
      std::iota(order.begin(), order.end(), std::int64_t{0});
      table.add("order", std::move(order));
      return;
    }
    table.add("order", maskaudit::sort_rows(maskaudit::fold_columns(keys, n_keys, n_rows)));
  });
}

// keys: addresses of n_keys columns, (n_rows) each. Columns: first and count, (n_groups); group, (n_rows).
MASKAUDIT_API maskaudit::Table* maskaudit_group_rows(
    const std::int64_t* const* keys, std::int64_t n_keys, std::int64_t n_rows) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    maskaudit::RowGroups groups = maskaudit::group_rows(maskaudit::fold_columns(keys, n_keys, n_rows));
    table.add("first", std::move(groups.first));
    table.add("group", std::move(groups.group));
    table.add("count", std::move(groups.count));
  });
}

// Columns: value, (n_unique) ascending.
MASKAUDIT_API maskaudit::Table* maskaudit_sort_unique(const std::int64_t* values, std::int64_t n_values) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    table.add("value", maskaudit::sort_unique(values, n_values));
  });
}
