// Masks as bits in tight boxes. A mask lies in lines (rows or columns, as memory has them) of 64-bit words whose
// places are counted from the image's edge, so that the words of two masks match without shifting.
#pragma once

#include "runs.h"

namespace maskaudit {

struct BitMask {
  std::int64_t first_line = 0, end_line = 0, first_word = 0, end_word = 0;
  std::vector<std::uint64_t> bits;  // line by line, end_word - first_word words each
  std::int64_t pixels = 0;
  std::int64_t runs = 0;  // stretches of set bits, line by line

  std::int64_t width() const { return end_word - first_word; }
};

inline int count_bits(std::uint64_t word) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_popcountll(word);
#else
  word -= (word >> 1) & 0x5555555555555555u;
  word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
  return static_cast<int>((((word + (word >> 4)) & 0x0F0F0F0F0F0F0F0Fu) * 0x0101010101010101u) >> 56);
#endif
}

// The place of the lowest bit that is set; the word is not 0.
inline int lowest_bit(std::uint64_t word) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_ctzll(word);
#else
  return count_bits((word & (~word + 1)) - 1);
#endif
}

// Reads a mask of one byte a pixel; what is not 0 belongs to it.
void pack_pixels(const std::uint8_t* pixels, std::int64_t lines, std::int64_t length, BitMask& mask);
// Draws a mask of runs, whose columns become the lines.
void pack_runs(const RunList& runs, BitMask& mask);
// The runs of a mask whose lines are columns.
void unpack_runs(const BitMask& mask, RunList& runs);

}  // namespace maskaudit
