// The exponential function of this library: the C library's differs in last digits from CPU to CPU, and cannot be
// computed for several numbers at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace maskaudit {

// e to the power of x, which is taken to lie between -700 and 700: within 1e-15 of the true value.
// After Cody and Waite, "Software Manual for the Elementary Functions", 1980.
inline double exponential(double x) {
  constexpr double log2_e = 1.4426950408889634, log_2_high = 0x1.62e42fee00000p-1, log_2_low = 0x1.a39ef35793c76p-33;
  constexpr double to_integer = 6755399441055744.0;  // 1.5 * 2^52: what is added to it loses its fraction
  x = std::min(std::max(x, -700.0), 700.0);
  const double shifted = x * log2_e + to_integer;
  const double n = shifted - to_integer;
  const double r = (x - n * log_2_high) - n * log_2_low;
  double sum = 1.0 / 6227020800.0;
  sum = sum * r + 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  // Times two to the power of n, whose last bits are those of the shifted number.
  std::uint64_t bits, power;
  std::memcpy(&power, &shifted, sizeof power);
  std::memcpy(&bits, &sum, sizeof bits);
  bits += power << 52;
  std::memcpy(&sum, &bits, sizeof sum);
  return sum;
}

}  // namespace maskaudit
