// COCO's compressed run-length strings: five bits a character, least significant first, character 48 + bits;
// bit 0x20 says that the number goes on, bit 0x10 of its last character is the sign. From the fourth run on a
// number is the difference to the run two before it (rleToString of the COCO API).
#include "rle.h"

#include "table.h"

#include <cstring>

namespace {

using std::int64_t;
using std::uint8_t;

// 35 bits: room for a 32-bit run and its sign.
constexpr int longest_number = 7;

// The fewest characters whose top bit can be the sign.
int characters_needed(int64_t value) {
  const int64_t magnitude = value < 0 ? ~value : value;
  int characters = 1;
  for (int limit = 4; limit < 63 && (magnitude >> limit) != 0; limit += 5) ++characters;
  return characters;
}

}  // namespace

namespace maskaudit {

RleFault decode_rle_string(const uint8_t* text, int64_t length, std::vector<int64_t>& counts) {
  if (length == 0) return RleFault::empty;
  const std::size_t first = counts.size();
  RleFault fault = RleFault::ok;
  for (int64_t at = 0; at < length;) {
    int64_t value = 0;
    int characters = 0;
    bool goes_on = true;
    while (goes_on && at < length) {
      const int bits = text[at] - 48;
      if (bits < 0 || bits > 63) {  // nothing that follows can make it worse
        counts.resize(first);
        return RleFault::charset;
      }
      if (characters < longest_number) value |= static_cast<int64_t>(bits & 0x1F) << (5 * characters);
      goes_on = (bits & 0x20) != 0;
      if (!goes_on && (bits & 0x10) && characters < longest_number)
        value -= int64_t{1} << (5 * (characters + 1));
      ++characters;
      ++at;
    }
    const bool padded = characters == longest_number && characters_needed(value) < longest_number;
    if (characters > longest_number || (padded && !goes_on)) {
      fault = RleFault::varint;
    } else if (goes_on && fault == RleFault::ok) {
      fault = RleFault::truncated;
    }
    if (fault == RleFault::ok) {
      const std::size_t position = counts.size() - first;
      counts.push_back(position > 2 ? value + counts[counts.size() - 2] : value);
    }
  }
  if (fault != RleFault::ok) counts.resize(first);
  return fault;
}

}  // namespace maskaudit

// Columns: counts, the runs of all strings; numbers, how many each string has; fault.
MASKAUDIT_API maskaudit::Table* maskaudit_decode_rle(const uint8_t* text, const int64_t* length, int64_t n_strings) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<int64_t> counts, numbers(static_cast<std::size_t>(n_strings));
    std::vector<uint8_t> fault(static_cast<std::size_t>(n_strings));
    for (int64_t i = 0; i < n_strings; text += length[i++]) {
      const std::size_t before = counts.size();
      fault[static_cast<std::size_t>(i)] = static_cast<uint8_t>(maskaudit::decode_rle_string(text, length[i], counts));
      numbers[static_cast<std::size_t>(i)] = static_cast<int64_t>(counts.size() - before);
    }
    table.add("counts", std::move(counts));
    table.add("numbers", std::move(numbers));
    table.add("fault", std::move(fault));
  });
}
