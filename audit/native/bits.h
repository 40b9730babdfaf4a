// Finding, counting and scrambling the bits of 64-bit words; C++17 has no names for these yet.
#pragma once

#include <cstdint>
#if defined(_MSC_VER)
#include <intrin.h>
#endif

namespace maskaudit {

#if defined(_MSC_VER)
inline int lowest_bit(std::uint64_t word) {
  unsigned long bit;
  _BitScanForward64(&bit, word);
  return static_cast<int>(bit);
}
inline int highest_bit(std::uint64_t word) {
  unsigned long bit;
  _BitScanReverse64(&bit, word);
  return static_cast<int>(bit);
}
inline int count_bits(std::uint64_t word) { return static_cast<int>(__popcnt64(word)); }
#else
// The lowest and the highest bit that is set, from 0 to 63; the word must not be 0.
inline int lowest_bit(std::uint64_t word) { return __builtin_ctzll(word); }
inline int highest_bit(std::uint64_t word) { return 63 - __builtin_clzll(word); }
inline int count_bits(std::uint64_t word) { return __builtin_popcountll(word); }
#endif

// Scrambles a number one to one (SplitMix64's finaliser), as audit.geometry.shape.mix_bits does.
inline std::uint64_t mix_bits(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
  return value ^ (value >> 31);
}

}  // namespace maskaudit
