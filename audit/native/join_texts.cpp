// Writes one text a row from columns: messages, evidence, pointers and the lines of JSON and CSV files.
//
// A line is a literal, a column, a literal, a column ... and a last literal. Numbers with a fraction come as the text
// of a JSON list, for whoever writes JSON elsewhere decides how they look; integers are the same everywhere.
#include "table.h"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace maskaudit {
namespace {

using Bytes = std::vector<std::uint8_t>;

// What a column holds; `values` and `start` and `content` of a column lie where its record says.
enum Kind : std::int64_t {
  integers,     // values: int64
  texts,        // start: int64 (n_rows + 1), content: UTF-8
  coded_texts,  // values: int32, each the number of one of the texts that start and content hold
  hex_words,    // values: uint64, written as 16 digits
  lists,        // start: int32 (n_rows + 1), values: int64 of all lists, written with the separator between
  json_members  // content: a JSON list of n_rows numbers, which are copied
};

// How the texts of a column are written: a separator of `lists`, or one of these.
enum Escape : std::int64_t { as_they_are, json_string, csv_cell };

struct Column {
  Kind kind;
  std::int64_t style;  // an Escape; of lists the separator
  const void* values;
  const void* start;
  const std::uint8_t* content;
};

constexpr char hex_digits[] = "0123456789abcdef";

void append(Bytes& line, std::string_view text) {
  const std::size_t size = line.size();
  line.resize(size + text.size());
  if (!text.empty()) std::memcpy(line.data() + size, text.data(), text.size());
}

void append_integer(Bytes& line, std::int64_t value) {
  char digits[20];
  char* first = digits + sizeof digits;
  // Of the most negative number there is no positive one.
  std::uint64_t rest = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  do *--first = static_cast<char>('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) *--first = '-';
  append(line, {first, static_cast<std::size_t>(digits + sizeof digits - first)});
}

void append_hex(Bytes& line, std::uint64_t word) {
  char digits[16];
  for (int k = 15; k >= 0; --k, word >>= 4) digits[k] = hex_digits[word & 15];
  append(line, {digits, sizeof digits});
}

// Quotes and backslashes get a backslash, control characters an escape; all else stays as UTF-8.
void append_json_string(Bytes& line, std::string_view text) {
  line.push_back('"');
  std::size_t written = 0;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const auto byte = static_cast<unsigned char>(text[k]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    append(line, text.substr(written, k - written));
    written = k + 1;
    constexpr std::string_view plain = "\"\\\b\t\n\f\r", letters = "\"\\btnfr";
    line.push_back('\\');
    const std::size_t which = plain.find(text[k]);
    if (which != std::string_view::npos) {
      line.push_back(static_cast<std::uint8_t>(letters[which]));
    } else {
      append(line, {"u00", 3});
      line.push_back(static_cast<std::uint8_t>(hex_digits[byte >> 4]));
      line.push_back(static_cast<std::uint8_t>(hex_digits[byte & 15]));
    }
  }
  append(line, text.substr(written));
  line.push_back('"');
}

// A cell with a comma or a quote stands between quotes, and quotes inside are doubled; it has no line ends.
void append_csv_cell(Bytes& line, std::string_view text) {
  if (text.find_first_of(",\"") == std::string_view::npos) return append(line, text);
  line.push_back('"');
  for (const char character : text) {
    if (character == '"') line.push_back('"');
    line.push_back(static_cast<std::uint8_t>(character));
  }
  line.push_back('"');
}

void append_text(Bytes& line, const Column& column, std::int64_t which) {
  const auto* start = static_cast<const std::int64_t*>(column.start);
  const std::string_view text(
      reinterpret_cast<const char*>(column.content) + start[which],
      static_cast<std::size_t>(start[which + 1] - start[which]));
  if (column.style == json_string) return append_json_string(line, text);
  if (column.style == csv_cell) return append_csv_cell(line, text);
  append(line, text);
}

void append_list(Bytes& line, const Column& column, std::int64_t row) {
  const auto* start = static_cast<const std::int32_t*>(column.start);
  const auto* values = static_cast<const std::int64_t*>(column.values);
  for (std::int32_t k = start[row]; k < start[row + 1]; ++k) {
    if (k > start[row]) line.push_back(static_cast<std::uint8_t>(column.style));
    append_integer(line, values[k]);
  }
}

// Copies the member of a JSON list that begins at `at`, and moves on to the next.
void append_member(Bytes& line, const std::uint8_t*& at) {
  const std::uint8_t* first = at;
  while (*at != ',' && *at != ']') ++at;
  append(line, {reinterpret_cast<const char*>(first), static_cast<std::size_t>(at - first)});
  ++at;
}

void append_cell(Bytes& line, const Column& column, std::int64_t row, const std::uint8_t*& member) {
  switch (column.kind) {
    case integers: return append_integer(line, static_cast<const std::int64_t*>(column.values)[row]);
    case texts: return append_text(line, column, row);
    case coded_texts: return append_text(line, column, static_cast<const std::int32_t*>(column.values)[row]);
    case hex_words: return append_hex(line, static_cast<const std::uint64_t*>(column.values)[row]);
    case lists: return append_list(line, column, row);
    case json_members: return append_member(line, member);
  }
  throw std::invalid_argument("a column of no known kind");
}

// Reads what Python says of its columns: kind, style, and the addresses of values, start and content.
std::vector<Column> read_columns(const std::uint64_t* record, std::int64_t n_columns) {
  std::vector<Column> columns;
  for (std::int64_t k = 0; k < n_columns; ++k, record += 5)
    columns.push_back(
        {static_cast<Kind>(record[0]), static_cast<std::int64_t>(record[1]), reinterpret_cast<const void*>(record[2]),
         reinterpret_cast<const void*>(record[3]), reinterpret_cast<const std::uint8_t*>(record[4])});
  return columns;
}

}  // namespace
}  // namespace maskaudit

// Columns: content, the bytes of all lines; start, (n_rows + 1) where each begins.
// `record` has five numbers a column; literal k is literals[literal_start[k]] to literals[literal_start[k + 1]], and
// stands before column k, the last one at the end.
MASKAUDIT_API maskaudit::Table* maskaudit_join_texts(
    const std::uint64_t* record, const std::uint8_t* literals, const std::int64_t* literal_start,
    std::int64_t n_columns, std::int64_t n_rows) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const std::vector<maskaudit::Column> columns = maskaudit::read_columns(record, n_columns);
    std::vector<std::string_view> literal;
    for (std::int64_t k = 0; k <= n_columns; ++k)
      literal.emplace_back(
          reinterpret_cast<const char*>(literals) + literal_start[k],
          static_cast<std::size_t>(literal_start[k + 1] - literal_start[k]));
    // The first member stands behind the bracket.
    std::vector<const std::uint8_t*> member;
    for (const maskaudit::Column& column : columns)
      member.push_back(column.kind == maskaudit::json_members ? column.content + 1 : nullptr);
    maskaudit::Bytes content;
    std::vector<std::int64_t> start(static_cast<std::size_t>(n_rows) + 1, 0);
    for (std::int64_t row = 0; row < n_rows; ++row) {
      for (std::size_t k = 0; k < columns.size(); ++k) {
        maskaudit::append(content, literal[k]);
        maskaudit::append_cell(content, columns[k], row, member[k]);
      }
      maskaudit::append(content, literal.back());
      start[static_cast<std::size_t>(row) + 1] = static_cast<std::int64_t>(content.size());
    }
    table.add("content", std::move(content));
    table.add("start", std::move(start));
  });
}
