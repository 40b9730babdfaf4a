// Decimal numbers to the nearest double, as every correct reader gives them.
#pragma once

#include "bits.h"

#include <cmath>
#include <cstdint>

namespace maskaudit {

// mantissa * 10^exponent, as it is read digit by digit.
struct Decimal {
  std::uint64_t mantissa = 0;
  int exponent = 0;
  bool is_cut = false;  // had more digits than 64 bits hold

  void add_digit(int digit) {
    if (mantissa > (UINT64_MAX - 9) / 10) {
      is_cut = true;
    } else {
      mantissa = 10 * mantissa + static_cast<std::uint64_t>(digit);
    }
  }
  void add_fraction_digit(int digit) {
    add_digit(digit);
    --exponent;
  }

  // Sets the nearest double; returns false where that takes more than the two ways below.
  bool to_double(double& value) const {
    // Both factors are doubles without error, and IEEE 754 rounds their product or quotient once (Clinger).
    constexpr std::uint64_t exact_integers = 1ull << 53;
    constexpr int exact_powers = 22;
    if (is_cut) return false;
    if (mantissa <= exact_integers && exponent >= -exact_powers && exponent <= exact_powers) {
      const double power = power_of_ten(exponent < 0 ? -exponent : exponent);
      value = exponent < 0 ? static_cast<double>(mantissa) / power : static_cast<double>(mantissa) * power;
      return true;
    }
#if defined(__SIZEOF_INT128__)
    // 17 digits, as programs print doubles: divide by 5^k in integers, then shift by k.
    constexpr int longest_fraction = 27;  // 5^27 fits 64 bits
    if (mantissa == 0 || exponent > 0 || exponent < -longest_fraction) return false;
    __extension__ typedef unsigned __int128 Wide;
    std::uint64_t divisor = 1;
    for (int k = exponent; k < 0; ++k) divisor *= 5;
    const int shift = 63 + (63 - highest_bit(mantissa));
    const Wide dividend = static_cast<Wide>(mantissa) << shift;
    const Wide quotient = dividend / divisor;
    const int bits = quotient >> 64 ? 65 + highest_bit(static_cast<std::uint64_t>(quotient >> 64))
                                    : 1 + highest_bit(static_cast<std::uint64_t>(quotient));
    const int dropped = bits - 53;
    const Wide half = static_cast<Wide>(1) << (dropped - 1);
    const Wide tail = quotient & (2 * half - 1);
    auto kept = static_cast<std::uint64_t>(quotient >> dropped);
    const bool is_tie = tail == half && quotient * divisor == dividend;
    if (is_tie ? (kept & 1) != 0 : tail >= half) ++kept;
    value = std::ldexp(static_cast<double>(kept), dropped - shift + exponent);
    return true;
#else
    return false;
#endif
  }

 private:
  static double power_of_ten(int exponent) {
    constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers[exponent];
  }
};

}  // namespace maskaudit
