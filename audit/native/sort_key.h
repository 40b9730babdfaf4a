// Whole numbers that are ordered as floating-point numbers are, NaN last: sorting them is faster, and whatever lies in
// a column they are ordered completely, which std::sort and std::nth_element need.
#pragma once

#include <cstdint>
#include <cstring>

namespace maskaudit {

inline std::int64_t sort_key(double value) {
  value += 0.0;  // -0 is equal to 0
  if (value != value) return INT64_MAX;
  std::int64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits < 0 ? bits ^ INT64_MAX : bits;
}

// The number of which sort_key is this: INT64_MAX is a NaN.
inline double value_of_key(std::int64_t key) {
  const std::int64_t bits = key < 0 ? key ^ INT64_MAX : key;
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace maskaudit
