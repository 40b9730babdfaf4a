// Cutting shapes in two as chance has it: what one object would look like if it were drawn as two.
#pragma once

#include "bits.h"
#include "tile_moments.h"

#include <cstdint>

namespace maskaudit {

// A number from 0 to 1 that depends on the seed alone; another `draw` gives another one.
inline double uniform_number(std::uint64_t seed, int draw) {
  const std::uint64_t step = (static_cast<std::uint64_t>(draw) + 1) * 0x9E3779B97F4A7C15ull;
  return static_cast<double>(mix_bits(seed + step) >> 11) / 9007199254740992.0;  // 2^53
}

// Cuts a shape across its longer axis, more or less: off centre, half of all cuts in a wave. The cut's normal is
// the longer axis turned by N(0, 20 degrees); it passes within a fifth of the length of the centre; waves swing
// by 2 to 7 % of the length. Equal seeds give equal cuts. Returns one of the parts, which may be empty.
Tile cut_randomly(const Tile& tile, const Moments& moments, std::uint64_t seed);

// Whether a line of one cell is left out between the parts: those who split an object often leave one.
inline bool leaves_slit(std::uint64_t seed) { return uniform_number(seed, 7) < 0.25; }

}  // namespace maskaudit
