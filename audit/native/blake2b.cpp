// BLAKE2b (RFC 7693) without a key, cut to 8 bytes: the fingerprints of findings. They must not change.
#include "table.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace maskaudit {
namespace {

constexpr int digest_bytes = 8, block_bytes = 128, rounds = 12;
constexpr std::uint64_t initial[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
constexpr std::uint8_t word_order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

constexpr std::uint64_t rotate_right(std::uint64_t value, int bits) { return value >> bits | value << (64 - bits); }

void mix(std::uint64_t* v, int a, int b, int c, int d, std::uint64_t first, std::uint64_t second) {
  v[a] += v[b] + first;
  v[d] = rotate_right(v[d] ^ v[a], 32);
  v[c] += v[d];
  v[b] = rotate_right(v[b] ^ v[c], 24);
  v[a] += v[b] + second;
  v[d] = rotate_right(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = rotate_right(v[b] ^ v[c], 63);
}

// Takes in one block; `taken` counts the bytes up to its end.
void compress(std::uint64_t* state, const std::uint8_t* block, std::uint64_t taken, bool is_last) {
  std::uint64_t word[16] = {};
  for (int k = 0; k < block_bytes; ++k) word[k / 8] |= std::uint64_t{block[k]} << (8 * (k % 8));
  std::uint64_t v[16];
  for (int k = 0; k < 8; ++k) v[k] = state[k], v[k + 8] = initial[k];
  v[12] ^= taken;
  if (is_last) v[14] = ~v[14];
  for (int round = 0; round < rounds; ++round) {
    const std::uint8_t* order = word_order[round % 10];
    mix(v, 0, 4, 8, 12, word[order[0]], word[order[1]]);
    mix(v, 1, 5, 9, 13, word[order[2]], word[order[3]]);
    mix(v, 2, 6, 10, 14, word[order[4]], word[order[5]]);
    mix(v, 3, 7, 11, 15, word[order[6]], word[order[7]]);
    mix(v, 0, 5, 10, 15, word[order[8]], word[order[9]]);
    mix(v, 1, 6, 11, 12, word[order[10]], word[order[11]]);
    mix(v, 2, 7, 8, 13, word[order[12]], word[order[13]]);
    mix(v, 3, 4, 9, 14, word[order[14]], word[order[15]]);
  }
  for (int k = 0; k < 8; ++k) state[k] ^= v[k] ^ v[k + 8];
}

// Returns the first 8 bytes of the digest as a number whose hexadecimal digits are theirs.
std::uint64_t hash_text(const std::uint8_t* bytes, std::int64_t size) {
  std::uint64_t state[8];
  std::memcpy(state, initial, sizeof state);
  state[0] ^= 0x01010000u ^ digest_bytes;
  std::int64_t taken = 0;
  for (; size - taken > block_bytes; taken += block_bytes)
    compress(state, bytes + taken, static_cast<std::uint64_t>(taken + block_bytes), false);
  std::uint8_t last[block_bytes] = {};
  if (size > taken) std::memcpy(last, bytes + taken, static_cast<std::size_t>(size - taken));
  compress(state, last, static_cast<std::uint64_t>(size), true);
  std::uint64_t digest = 0;
  for (int k = 0; k < digest_bytes; ++k) digest = digest << 8 | (state[0] >> (8 * k) & 0xff);
  return digest;
}

}  // namespace
}  // namespace maskaudit

// Columns: digest, (n_texts). Text k is bytes[start[k]] to bytes[start[k + 1]].
MASKAUDIT_API maskaudit::Table* maskaudit_blake2b(
    const std::uint8_t* bytes, const std::int64_t* start, std::int64_t n_texts) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<std::uint64_t> digest(static_cast<std::size_t>(n_texts));
    for (std::int64_t k = 0; k < n_texts; ++k)
      digest[static_cast<std::size_t>(k)] = maskaudit::hash_text(bytes + start[k], start[k + 1] - start[k]);
    table.add("digest", std::move(digest));
  });
}
