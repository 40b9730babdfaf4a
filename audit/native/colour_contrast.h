// How objects stand out of their background: the colour along which the two differ most, and medians along it.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

// Cells of a picture, `channels` bytes each, and which of them are objects' and which are background; neither may be
// empty, and there are at most 2^23 cells: all sums are whole numbers below 2^63.
struct ColourCells {
  const std::vector<std::uint8_t>& values;
  std::int64_t channels;
  const std::vector<std::uint8_t>&is_object, &is_background;
};

// Counts how often each of the 256 values stands in a cell of a set, which hold 1, the others 0; of at most 2^23 cells.
std::vector<std::int64_t> count_greys(const std::vector<std::uint8_t>& values,
                                      const std::vector<std::uint8_t>& is_member);

// The direction in which objects and background differ most, one number a channel (Fisher's linear discriminant).
// Along it objects are brighter; its length is 1, or 0 where nothing differs.
std::vector<double> find_direction(const ColourCells& cells);

// The median; of an even number of values the mean of both middle ones. Reorders them.
double find_median(std::vector<double>& values);

// Values, and how often each comes; without counts, each once.
struct ValueCounts {
  std::vector<double> values;
  std::vector<std::int64_t> counts;

  // The same as that of all values written out. Reorders values that have no counts.
  double find_median();
};

// The value below which a share of the others lie, by linear interpolation. Sorts them.
double find_quantile(std::vector<double>& values, double share);

// The values of each group, one after the other.
class GroupedValues {
 public:
  // group(k) is that of value(k), for k in [0, size); groups beyond [1, n_groups] are left out.
  template <class Group, class Value>
  GroupedValues(std::size_t size, std::size_t n_groups, Group&& group, Value&& value) : start_(n_groups + 2) {
    const auto is_in = [&](std::size_t k) {
      return group(k) > 0 && static_cast<std::size_t>(group(k)) <= n_groups;
    };
    for (std::size_t k = 0; k < size; ++k)
      if (is_in(k)) ++start_[static_cast<std::size_t>(group(k)) + 1];
    for (std::size_t k = 1; k < start_.size(); ++k) start_[k] += start_[k - 1];
    values_.resize(start_.back());
    std::vector<std::size_t> next = start_;
    for (std::size_t k = 0; k < size; ++k)
      if (is_in(k)) values_[next[static_cast<std::size_t>(group(k))]++] = value(k);
  }

  std::size_t count(std::size_t group) const { return start_[group + 1] - start_[group]; }

  // The median of a group that is not empty.
  double find_median_of(std::size_t group) const {
    std::vector<double> own(values_.begin() + static_cast<std::ptrdiff_t>(start_[group]),
                            values_.begin() + static_cast<std::ptrdiff_t>(start_[group + 1]));
    return find_median(own);
  }

 private:
  std::vector<std::size_t> start_;  // of group g; group 0 is empty
  std::vector<double> values_;
};

}  // namespace maskaudit
