// Writes one text a row from columns: messages, evidence, pointers and the lines of JSON and CSV files.
//
// A line is a literal, a column, a literal, a column ... and a last literal. Numbers with a fraction come as the text
// of a JSON list, for whoever writes JSON elsewhere decides how they look; integers are the same everywhere.
#include "cell_text.h"
#include "table.h"

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace maskaudit {
namespace {

// What a column holds; `values` and `start` and `content` of a column lie where its record says.
enum Kind : std::int64_t {
  integers,     // values: int64; start: uint8 (n_rows), 0 where the number is missing, or none where none is
  texts,        // start: int64 (n_rows + 1), content: UTF-8
  coded_texts,  // values: int32, each the number of one of the texts that start and content hold; negative = missing
  hex_words,    // values: uint64, written as 16 digits
  lists,        // start: int32 (n_rows + 1), values: int64 of all lists
  json_members  // content: a list of n_rows texts between brackets with commas, which are copied
};

struct Column {
  Kind kind;
  CellStyle style;
  const void* values;
  const void* start;
  const std::uint8_t* content;
};

void append_text(TextWriter& line, const Column& column, std::int64_t which) {
  const auto* start = static_cast<const std::int64_t*>(column.start);
  const std::string_view text(
      reinterpret_cast<const char*>(column.content) + start[which],
      static_cast<std::size_t>(start[which + 1] - start[which]));
  switch (column.style) {
    case json_style: return append_json_string(line, text);
    case csv_style: return append_csv_cell(line, text);
    case plain_style: return line.append(text);
  }
}

void append_missing(TextWriter& line, const Column& column) {
  if (column.style == json_style) line.append("null");
}

void append_list(TextWriter& line, const Column& column, std::int64_t row) {
  const auto* start = static_cast<const std::int32_t*>(column.start);
  const auto* values = static_cast<const std::int64_t*>(column.values);
  const bool is_cell = column.style == csv_style;
  // A spreadsheet takes "-5 7" for a formula, and "-5" for a number.
  if (is_cell && start[row + 1] - start[row] > 1 && values[start[row]] < 0) line.append("'");
  for (std::int32_t k = start[row]; k < start[row + 1]; ++k) {
    if (k > start[row]) line.append(is_cell ? " " : ",");
    line.append_integer(values[k]);
  }
}

// Copies the member of a list that begins at `at`, and moves on to the next.
void append_member(TextWriter& line, const std::uint8_t*& at) {
  const std::uint8_t* first = at;
  while (*at != ',' && *at != ']') ++at;
  line.append({reinterpret_cast<const char*>(first), static_cast<std::size_t>(at - first)});
  ++at;
}

void append_cell(TextWriter& line, const Column& column, std::int64_t row, const std::uint8_t*& member) {
  switch (column.kind) {
    case integers: {
      const auto* is_known = static_cast<const std::uint8_t*>(column.start);
      if (is_known && !is_known[row]) return append_missing(line, column);
      return line.append_integer(static_cast<const std::int64_t*>(column.values)[row]);
    }
    case texts: return append_text(line, column, row);
    case coded_texts: {
      const std::int32_t code = static_cast<const std::int32_t*>(column.values)[row];
      return code < 0 ? append_missing(line, column) : append_text(line, column, code);
    }
    case hex_words: return line.append_hex(static_cast<const std::uint64_t*>(column.values)[row]);
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
        {static_cast<Kind>(record[0]), static_cast<CellStyle>(record[1]), reinterpret_cast<const void*>(record[2]),
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
    maskaudit::TextWriter content;
    std::vector<std::int64_t> start(static_cast<std::size_t>(n_rows) + 1, 0);
    for (std::int64_t row = 0; row < n_rows; ++row) {
      for (std::size_t k = 0; k < columns.size(); ++k) {
        content.append(literal[k]);
        maskaudit::append_cell(content, columns[k], row, member[k]);
      }
      content.append(literal.back());
      start[static_cast<std::size_t>(row) + 1] = static_cast<std::int64_t>(content.size());
    }
    table.add("content", content.finish());
    table.add("start", std::move(start));
  });
}
