// Texts and numbers as they stand in lines of JSON and CSV.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace maskaudit {

// How cells are written: texts as they are, as strings of JSON, or as cells of CSV. What is missing is null in JSON,
// and nothing elsewhere; lists of integers have commas between them, in CSV spaces.
enum CellStyle : std::int64_t { plain_style, json_style, csv_style };

// Bytes that grow at their end. A vector alone would set each piece to zero before it is written.
class TextWriter {
 public:
  // Returns where up to so many bytes may be written; `advance` says how many were.
  std::uint8_t* reserve(std::size_t size) {
    if (bytes_.size() - used_ < size) bytes_.resize(2 * bytes_.size() + size + first_size);
    return bytes_.data() + used_;
  }
  void advance(const std::uint8_t* end) { used_ = static_cast<std::size_t>(end - bytes_.data()); }
  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(reserve(text.size()), text.data(), text.size());
    used_ += text.size();
  }
  void append_integer(std::int64_t value);
  // Writes 16 digits.
  void append_hex(std::uint64_t word);
  std::size_t size() const { return used_; }
  std::vector<std::uint8_t> finish() {
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  static constexpr std::size_t first_size = 1 << 12;
  std::vector<std::uint8_t> bytes_;
  std::size_t used_ = 0;
};

// Quotes and backslashes get a backslash, control characters an escape; all else stays as UTF-8.
void append_json_string(TextWriter& line, std::string_view text);

// A cell with a comma or a quote stands between quotes, and quotes inside are doubled; it has no line ends.
void append_csv_cell(TextWriter& line, std::string_view text);

}  // namespace maskaudit
