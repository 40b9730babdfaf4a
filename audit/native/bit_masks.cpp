#include "bit_masks.h"

#include <cstring>

namespace maskaudit {
namespace {

// Bit k of the result says whether byte k of memory is not 0, on every byte order.
std::uint64_t pack_bytes(const std::uint8_t* bytes) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  std::uint64_t packed = 0;
  for (int k = 0; k < 8; ++k) packed |= std::uint64_t{bytes[k] != 0} << k;
  return packed;
#else
  std::uint64_t word;
  std::memcpy(&word, bytes, 8);
  // The top bit of each byte: whether any bit of it is set. The multiplication gathers the eight of them.
  const std::uint64_t low = 0x7F7F7F7F7F7F7F7Fu;
  word = ((((word & low) + low) | word) >> 7) & 0x0101010101010101u;
  return (word * 0x0102040810204080u) >> 56;
#endif
}

bool is_blank(const std::uint8_t* bytes, std::int64_t size) {
  std::uint64_t any = 0;
  std::int64_t k = 0;
  for (; k + 8 <= size; k += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes + k, 8);
    any |= word;
  }
  for (; k < size; ++k) any |= bytes[k];
  return any == 0;
}

void pack_line(const std::uint8_t* pixels, std::int64_t length, std::uint64_t* words) {
  std::int64_t k = 0;
  for (; k + 8 <= length; k += 8) words[k / 64] |= pack_bytes(pixels + k) << (k % 64);
  if (k < length) {
    std::uint8_t rest[8] = {};
    std::memcpy(rest, pixels + k, static_cast<std::size_t>(length - k));
    words[k / 64] |= pack_bytes(rest) << (k % 64);
  }
}

void count_line(const std::uint64_t* words, std::int64_t width, BitMask& mask) {
  std::uint64_t carry = 0;
  for (std::int64_t k = 0; k < width; ++k) {
    mask.pixels += count_bits(words[k]);
    mask.runs += count_bits(words[k] & ~((words[k] << 1) | carry));
    carry = words[k] >> 63;
  }
}

}  // namespace

void pack_pixels(const std::uint8_t* pixels, std::int64_t lines, std::int64_t length, BitMask& mask) {
  thread_local std::vector<std::uint64_t> whole;  // from the first line with pixels on, as wide as the image
  const std::int64_t words = (length + 63) / 64;
  mask = BitMask{};
  whole.clear();
  mask.first_word = words;
  for (std::int64_t line = 0; line < lines; ++line, pixels += length) {
    if (is_blank(pixels, length)) continue;
    if (mask.end_line == 0) mask.first_line = line;
    mask.end_line = line + 1;
    whole.resize(static_cast<std::size_t>((line + 1 - mask.first_line) * words));
    std::uint64_t* packed = &whole[static_cast<std::size_t>((line - mask.first_line) * words)];
    pack_line(pixels, length, packed);
    count_line(packed, words, mask);
    std::int64_t low = 0, high = words;
    while (low < mask.first_word && !packed[low]) ++low;
    while (high > mask.end_word && !packed[high - 1]) --high;
    mask.first_word = std::min(mask.first_word, low);
    mask.end_word = std::max(mask.end_word, high);
  }
  if (mask.end_line == 0) mask.first_word = 0;
  mask.bits.reserve(static_cast<std::size_t>((mask.end_line - mask.first_line) * mask.width()));
  for (std::int64_t line = 0; line < mask.end_line - mask.first_line; ++line) {
    const auto first = whole.begin() + line * words;
    mask.bits.insert(mask.bits.end(), first + mask.first_word, first + mask.end_word);
  }
}

void pack_runs(const RunList& runs, BitMask& mask) {
  mask = BitMask{};
  if (runs.empty()) return;
  int top = runs[0].y0, bottom = runs[0].y1;
  for (const Run& run : runs) {
    top = std::min(top, run.y0);
    bottom = std::max(bottom, run.y1);
  }
  mask.first_line = runs.front().x;
  mask.end_line = runs.back().x + 1;
  mask.first_word = top / 64;
  mask.end_word = (bottom + 63) / 64;
  mask.runs = static_cast<std::int64_t>(runs.size());
  mask.bits.assign(static_cast<std::size_t>((mask.end_line - mask.first_line) * mask.width()), 0);
  for (const Run& run : runs) {
    std::uint64_t* line = &mask.bits[static_cast<std::size_t>((run.x - mask.first_line) * mask.width())];
    const std::int64_t low = run.y0 - mask.first_word * 64, high = run.y1 - 1 - mask.first_word * 64;
    const std::uint64_t from = ~std::uint64_t{0} << (low % 64), to = ~std::uint64_t{0} >> (63 - high % 64);
    if (low / 64 == high / 64) {
      line[low / 64] |= from & to;
    } else {
      line[low / 64] |= from;
      for (std::int64_t k = low / 64 + 1; k < high / 64; ++k) line[k] = ~std::uint64_t{0};
      line[high / 64] |= to;
    }
    mask.pixels += run.y1 - run.y0;
  }
}

void unpack_runs(const BitMask& mask, RunList& runs) {
  runs.clear();
  const std::uint64_t* words = mask.bits.data();
  for (std::int64_t line = mask.first_line; line < mask.end_line; ++line, words += mask.width()) {
    std::uint64_t before = 0;  // the last pixel of the word before
    for (std::int64_t k = 0; k < mask.width(); ++k) {
      const int at = static_cast<int>((mask.first_word + k) * 64);
      // A bit is set where a run begins or ends.
      for (std::uint64_t change = words[k] ^ ((words[k] << 1) | before); change; change &= change - 1) {
        const int place = lowest_bit(change);
        if ((words[k] >> place) & 1)
          runs.push_back({static_cast<std::int32_t>(line), at + place, 0});
        else
          runs.back().y1 = at + place;
      }
      before = words[k] >> 63;
    }
    if (before) runs.back().y1 = static_cast<std::int32_t>(mask.end_word * 64);
  }
}

}  // namespace maskaudit
