// Which texts are not plainly safe as cells of a table: what a spreadsheet makes of a character of Unicode is decided
// where there are tables of Unicode, one text at a time, and most texts are plain.
#include "table.h"
#include "wide.h"

#include <cstdint>
#include <vector>

namespace maskaudit {
namespace {

// Whether all bytes are printable ASCII.
MASKAUDIT_WIDE bool are_ascii(const std::uint8_t* bytes, std::int64_t size) {
  std::uint8_t odd = 0;
  for (std::int64_t k = 0; k < size; ++k) odd |= static_cast<std::uint8_t>(bytes[k] - 0x20) > 0x7e - 0x20;
  return !odd;
}

// How many bytes the character has that begins here, where it is surely printable, else 0: ASCII, and the letters and
// signs that messages have (U+00A1 to U+00FF without the soft hyphen, U+2010 to U+2027, and U+2030 to U+205E).
int printable_size(const std::uint8_t* at, std::int64_t size) {
  if (at[0] >= 0x20 && at[0] <= 0x7e) return 1;
  if (size >= 2 && at[0] == 0xc2) return at[1] >= 0xa1 && at[1] != 0xad ? 2 : 0;
  if (size >= 2 && at[0] == 0xc3) return 2;
  if (size < 3 || at[0] != 0xe2) return 0;
  if (at[1] == 0x80) return (at[2] >= 0x90 && at[2] <= 0xa7) || at[2] >= 0xb0 ? 3 : 0;
  return at[1] == 0x81 && at[2] <= 0x9e ? 3 : 0;
}

bool are_printable(const std::uint8_t* bytes, std::int64_t size) {
  if (are_ascii(bytes, size)) return true;
  for (std::int64_t k = 0; k < size;) {
    const int step = printable_size(bytes + k, size - k);
    if (step == 0) return false;
    k += step;
  }
  return true;
}

// Whether a text that begins with this is no formula, whatever follows.
bool begins_harmless(std::uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '.' && byte <= '9') || byte == '_';
}

}  // namespace
}  // namespace maskaudit

// Columns: row, of the texts that hold more than surely printable characters or, where starts matter, begin with what
// may begin a formula. Text k is bytes[start[k]] to bytes[start[k + 1]].
MASKAUDIT_API maskaudit::Table* maskaudit_find_odd_texts(
    const std::uint8_t* bytes, const std::int64_t* start, std::int64_t n_texts, std::int64_t starts_matter) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<std::int64_t> row;
    const bool all_ascii = maskaudit::are_ascii(bytes + start[0], start[n_texts] - start[0]);
    for (std::int64_t k = 0; k < n_texts; ++k) {
      const std::uint8_t* first = bytes + start[k];
      const std::int64_t size = start[k + 1] - start[k];
      if (size == 0) continue;
      if ((starts_matter && !maskaudit::begins_harmless(*first)) ||
          (!all_ascii && !maskaudit::are_printable(first, size)))
        row.push_back(k);
    }
    table.add("row", std::move(row));
  });
}
