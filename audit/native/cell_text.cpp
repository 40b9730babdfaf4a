#include "cell_text.h"

#include <cstring>

namespace maskaudit {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

// Eight bytes are looked at together, as one number: `each(b)` has b in each of them, and a test leaves the highest
// bit set in the bytes that pass it, and perhaps in those above (a borrow), so it only tells whether there is one.
constexpr std::uint64_t each(std::uint64_t byte) { return 0x0101010101010101 * byte; }
constexpr std::uint64_t highest_bits = each(0x80);

constexpr std::uint64_t any_below(std::uint64_t word, std::uint64_t bound) {
  return (word - each(bound)) & ~word & highest_bits;
}

constexpr std::uint64_t any_equal(std::uint64_t word, std::uint64_t byte) { return any_below(word ^ each(byte), 1); }

std::uint64_t load_word(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// Copies what is not special, from `at` on; returns where it ends.
template <class IsSpecialWord, class IsSpecial>
std::size_t copy_plain(
    std::uint8_t*& out, std::string_view text, std::size_t at, IsSpecialWord&& is_special_word, IsSpecial&& is_special) {
  for (; at + 8 <= text.size(); at += 8, out += 8) {
    const std::uint64_t word = load_word(text.data() + at);
    if (is_special_word(word)) break;
    std::memcpy(out, &word, sizeof word);
  }
  for (; at < text.size() && !is_special(static_cast<unsigned char>(text[at])); ++at)
    *out++ = static_cast<std::uint8_t>(text[at]);
  return at;
}

bool has_json_special(std::uint64_t word) {
  return (any_below(word, 0x20) | any_equal(word, '"') | any_equal(word, '\\')) != 0;
}

bool is_json_special(unsigned char byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

void write_json_escape(std::uint8_t*& out, char character) {
  constexpr std::string_view plain = "\"\\\b\t\n\f\r", letters = "\"\\btnfr";
  *out++ = '\\';
  const std::size_t which = plain.find(character);
  if (which != std::string_view::npos) {
    *out++ = static_cast<std::uint8_t>(letters[which]);
    return;
  }
  for (const char letter : {'u', '0', '0'}) *out++ = static_cast<std::uint8_t>(letter);
  const auto byte = static_cast<unsigned char>(character);
  *out++ = static_cast<std::uint8_t>(hex_digits[byte >> 4]);
  *out++ = static_cast<std::uint8_t>(hex_digits[byte & 15]);
}

constexpr std::size_t longest_escape = 6;  // \u001f

// Calls with pieces of a text, so that room for the escapes of a piece is enough.
template <class Work>
void for_each_block(std::string_view text, Work&& work) {
  constexpr std::size_t block_size = 4096;
  for (std::size_t at = 0; at < text.size(); at += block_size) work(text.substr(at, block_size));
}

bool has_quote(std::uint64_t word) { return any_equal(word, '"') != 0; }

bool has_csv_special(std::uint64_t word) { return (any_equal(word, '"') | any_equal(word, ',')) != 0; }

bool needs_quotes(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8)
    if (has_csv_special(load_word(text.data() + at))) return true;
  for (; at < text.size(); ++at)
    if (text[at] == '"' || text[at] == ',') return true;
  return false;
}

}  // namespace

void TextWriter::append_integer(std::int64_t value) {
  char digits[20];
  char* first = digits + sizeof digits;
  // Of the most negative number there is no positive one.
  std::uint64_t rest = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  do *--first = static_cast<char>('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) *--first = '-';
  append({first, static_cast<std::size_t>(digits + sizeof digits - first)});
}

void TextWriter::append_hex(std::uint64_t word) {
  char digits[16];
  for (int k = 15; k >= 0; --k, word >>= 4) digits[k] = hex_digits[word & 15];
  append({digits, sizeof digits});
}

void append_json_string(TextWriter& line, std::string_view text) {
  line.append("\"");
  for_each_block(text, [&](std::string_view block) {
    std::uint8_t* out = line.reserve(longest_escape * block.size());
    for (std::size_t at = 0; at < block.size();) {
      at = copy_plain(out, block, at, has_json_special, is_json_special);
      if (at < block.size()) write_json_escape(out, block[at++]);
    }
    line.advance(out);
  });
  line.append("\"");
}

void append_csv_cell(TextWriter& line, std::string_view text) {
  if (!needs_quotes(text)) return line.append(text);
  line.append("\"");
  for_each_block(text, [&](std::string_view block) {
    std::uint8_t* out = line.reserve(2 * block.size());
    for (std::size_t at = 0; at < block.size(); ++at) {
      at = copy_plain(out, block, at, has_quote, [](unsigned char byte) { return byte == '"'; });
      if (at == block.size()) break;
      *out++ = '"';
      *out++ = '"';
    }
    line.advance(out);
  });
  line.append("\"");
}

}  // namespace maskaudit
