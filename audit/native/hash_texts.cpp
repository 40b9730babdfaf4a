// SipHash-2-4 of texts (Aumasson and Bernstein 2012), then mixed once more: the numbers of
// pandas.util.hash_array, which deals images out to folds. They must not change: scores would.
#include "table.h"

#include <cstdint>
#include <vector>

namespace maskaudit {
namespace {

constexpr std::uint64_t rotate(std::uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

// The bytes of the key "0123456789123456", low byte first.
constexpr std::uint64_t first_key = 0x3736353433323130, second_key = 0x3635343332313938;

struct SipHash {
  std::uint64_t v0 = 0x736f6d6570736575 ^ first_key, v1 = 0x646f72616e646f6d ^ second_key;
  std::uint64_t v2 = 0x6c7967656e657261 ^ first_key, v3 = 0x7465646279746573 ^ second_key;

  void turn(int rounds) {
    for (; rounds > 0; --rounds) {
      v0 += v1, v1 = rotate(v1, 13) ^ v0, v0 = rotate(v0, 32);
      v2 += v3, v3 = rotate(v3, 16) ^ v2;
      v0 += v3, v3 = rotate(v3, 21) ^ v0;
      v2 += v1, v1 = rotate(v1, 17) ^ v2, v2 = rotate(v2, 32);
    }
  }
  void add_word(std::uint64_t word) {
    v3 ^= word;
    turn(2);
    v0 ^= word;
  }
  std::uint64_t finish() {
    v2 ^= 0xff;
    turn(4);
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

std::uint64_t read_word(const std::uint8_t* bytes, std::int64_t count) {
  std::uint64_t word = 0;
  for (std::int64_t i = 0; i < count; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
  return word;
}

std::uint64_t hash_text(const std::uint8_t* bytes, std::int64_t size) {
  SipHash state;
  const std::int64_t rest = size % 8;
  for (std::int64_t i = 0; i + 8 <= size; i += 8) state.add_word(read_word(bytes + i, 8));
  state.add_word(static_cast<std::uint64_t>(size) << 56 | read_word(bytes + size - rest, rest));
  std::uint64_t hash = state.finish();
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
  return hash ^ hash >> 31;
}

}  // namespace
}  // namespace maskaudit

// Columns: hash, (n_texts). Text k is bytes[start[k]] to bytes[start[k + 1]], UTF-8.
MASKAUDIT_API maskaudit::Table* maskaudit_hash_texts(
    const std::uint8_t* bytes, const std::int64_t* start, std::int64_t n_texts) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<std::uint64_t> hash(static_cast<std::size_t>(n_texts));
    for (std::int64_t k = 0; k < n_texts; ++k)
      hash[static_cast<std::size_t>(k)] = maskaudit::hash_text(bytes + start[k], start[k + 1] - start[k]);
    table.add("hash", std::move(hash));
  });
}
