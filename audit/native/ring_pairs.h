// How two simple rings of one mask lie to each other, where that is plain.
#pragma once

#include "simple_rings.h"

#include <cstdint>

namespace maskaudit {

// Values of audit.geometry.outline.
enum class RingRelation : std::uint8_t {
  unsure = 0,  // they touch, or rounding may decide: somebody else has to look
  apart = 1,
  first_inside = 2,   // the first lies in the second
  second_inside = 3,
  overlap = 4,        // their outlines cross, and they share at least a square pixel
  little_overlap = 5,  // their outlines cross, and they share less
};

// A closed polygon of n vertices (x, y), wherever they lie.
struct RingView {
  const double* xy;
  std::int64_t n;

  Point operator[](std::int64_t vertex) const { return {xy[2 * vertex], xy[2 * vertex + 1]}; }
  Point after(std::int64_t vertex) const { return (*this)[vertex + 1 < n ? vertex + 1 : 0]; }
};

// Compares two rings that do not touch or cross themselves.
RingRelation relate_rings(RingView first, RingView second);

}  // namespace maskaudit
