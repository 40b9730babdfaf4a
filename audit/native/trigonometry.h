// Sine, cosine and logarithm of our own: those of the C library and of numpy differ in the last digit from one
// CPU to the next, and what is measured here is written to files that must not. Only +, -, *, / and the square
// root are used, which IEEE 754 fixes to the last bit.
#pragma once

#include <cmath>
#include <cstdint>

namespace maskaudit {

// A direction as a vector of length one: x to the right, y down.
struct Direction {
  double x, y;
};

namespace series {

// Terms of Taylor's series, enough for an eighth of a turn: the last is below 1e-17.
constexpr int terms = 10;

struct Coefficients {
  double sine[terms] = {}, cosine[terms] = {};  // 1 / 1!, -1 / 3!, 1 / 5! ... and 1 / 0!, -1 / 2!, 1 / 4! ...

  constexpr Coefficients() {
    double factorial = 1, sign = 1;
    for (int k = 0; k < terms; ++k) {
      if (k > 0) factorial *= 2 * k;
      cosine[k] = sign / factorial;
      factorial *= 2 * k + 1;
      sine[k] = sign / factorial;
      sign = -sign;
    }
  }
};
constexpr Coefficients taylor;

// Coefficients of 1, x, x^2 ...
inline double polynomial(const double (&coefficient)[terms], double x) {
  double value = coefficient[terms - 1];
  for (int k = terms - 2; k >= 0; --k) value = value * x + coefficient[k];
  return value;
}

}  // namespace series

// The direction that lies so many turns from the x axis: cosine and sine of 2 pi times `turns`.
inline Direction direction_of_turns(double turns) {
  // Quarters of a turn only swap and negate, so that the series see at most an eighth of a turn.
  const double quarters = std::nearbyint(4 * turns);
  const double angle = (turns - quarters / 4) * 6.283185307179586;
  const double cosine = series::polynomial(series::taylor.cosine, angle * angle);
  const double sine = series::polynomial(series::taylor.sine, angle * angle) * angle;
  switch (static_cast<std::int64_t>(quarters) & 3) {
    case 0: return {cosine, sine};
    case 1: return {-sine, cosine};
    case 2: return {-cosine, -sine};
    default: return {sine, -cosine};
  }
}

// Turns a direction by another one: the angles add up.
inline Direction turn_by(Direction a, Direction b) { return {a.x * b.x - a.y * b.y, a.y * b.x + a.x * b.y}; }

// The natural logarithm of a positive number.
inline double natural_log(double value) {
  int exponent;
  double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent, fraction in [0.5, 1)
  if (fraction < 0.7071067811865476) {
    fraction *= 2;
    --exponent;
  }
  // log(f) = 2 artanh(s) = 2 (s + s^3 / 3 + s^5 / 5 ...) with |s| < 0.172.
  const double s = (fraction - 1) / (fraction + 1), square = s * s;
  double series = 0;
  for (int k = 23; k >= 1; k -= 2) series = series * square + 1.0 / k;
  return exponent * 0.6931471805599453 + 2 * s * series;
}

// The direction of the longer axis of a form with these second moments, x never negative. The axis lies at half
// the angle of (xx - yy, 2 xy), and half-angle formulas need nothing but square roots.
inline Direction longer_axis(double xx, double xy, double yy) {
  const double across = xx - yy, along = 2 * xy;
  const double length = std::sqrt(across * across + along * along);
  if (length == 0) return {1, 0};
  const double cosine = across / length, sine = along / length;
  if (cosine >= 0) {
    const double x = std::sqrt((1 + cosine) / 2);
    return {x, sine / (2 * x)};
  }
  const double y = std::copysign(std::sqrt((1 - cosine) / 2), sine);
  return {sine / (2 * y), y};
}

}  // namespace maskaudit
