#include "json_text.h"

#include <algorithm>
#include <cstring>

namespace maskaudit {
namespace {

// Values nested deeper than this are left to the careful reader.
constexpr int deepest = 100;
// Objects with more members are left to the careful reader, too: names are compared one by one.
constexpr std::size_t most_names = 64;
// A number of more characters, or with so large an exponent, may be more than a double holds.
constexpr std::ptrdiff_t longest_number = 200;
constexpr std::ptrdiff_t exponent_digits = 2;

bool is_hex(char character) {
  return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f') ||
         (character >= 'A' && character <= 'F');
}

// Whether none of eight characters ends a string, starts an escape or is forbidden in a string: all bytes of a word at
// once (a byte is 0, or less than n, if taking 1, or n, from it borrows).
bool are_plain(const char* characters) {
  constexpr std::uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
  std::uint64_t word;
  std::memcpy(&word, characters, sizeof word);
  const std::uint64_t quotes = word ^ (ones * '"'), backslashes = word ^ (ones * '\\');
  const std::uint64_t is_special = ((word - ones * 0x20) & ~word) | ((quotes - ones) & ~quotes) |
                                   ((backslashes - ones) & ~backslashes);
  return (is_special & tops) == 0;
}

}  // namespace

void JsonText::skip_plain_characters() {
  while (end_ - at_ > 8 && are_plain(at_)) at_ += 8;
}

std::string_view JsonText::read_string(bool& has_escapes) {
  has_escapes = false;
  if (!take('"')) {
    fail();
    return {};
  }
  const char* begin = at_;
  skip_plain_characters();
  for (; at_ < end_; ++at_) {
    const char character = *at_;
    if (character == '"') return {begin, static_cast<std::size_t>(at_++ - begin)};
    if (static_cast<unsigned char>(character) < 0x20) break;
    if (character != '\\') continue;
    has_escapes = true;
    if (++at_ == end_) break;
    if (*at_ == 'u') {
      if (end_ - at_ < 5 || !std::all_of(at_ + 1, at_ + 5, is_hex)) break;
      at_ += 4;
    } else if (std::string_view("\"\\/bfnrt").find(*at_) == std::string_view::npos) {
      break;
    }
  }
  fail();
  return {};
}

const char* JsonText::skip_digits() {
  const char* first = at_;
  while (at_ < end_ && is_digit(*at_)) ++at_;
  if (at_ == first) fail();
  return first;
}

void JsonText::skip_number() {
  const char* begin = at_;
  const bool is_negative = at_ < end_ && *at_ == '-';
  if (is_negative) ++at_;
  if (at_ < end_ && (*at_ == 'I' || (*at_ == 'N' && !is_negative))) {
    mark_odd();
    return skip_word(*at_ == 'N' ? "NaN" : "Infinity");
  }
  const char* whole = skip_digits();
  if (sound_ && *whole == '0' && at_ - whole > 1) fail();
  if (at_ < end_ && *at_ == '.') {
    ++at_;
    skip_digits();
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ < end_ && (*at_ == '-' || *at_ == '+')) ++at_;
    const char* exponent = skip_digits();
    if (at_ - exponent > exponent_digits) mark_odd();
  }
  if (at_ - begin > longest_number) mark_odd();
}

JsonNumber JsonText::read_any_number() {
  const char* begin = at_;
  skip_number();
  if (!sound_ || !plain_) return {};
  Decimal decimal;
  const bool is_negative = *begin == '-';
  const char* at = begin + is_negative;
  for (; at < at_ && is_digit(*at); ++at) decimal.add_digit(*at - '0');
  const bool is_whole = at == at_;
  if (at < at_ && *at == '.')
    for (++at; at < at_ && is_digit(*at); ++at) decimal.add_fraction_digit(*at - '0');
  if (at < at_) {
    const bool is_below_one = *++at == '-';
    if (!is_digit(*at)) ++at;
    int exponent = 0;
    for (; at < at_; ++at) exponent = 10 * exponent + (*at - '0');
    decimal.exponent += is_below_one ? -exponent : exponent;
  }
  return to_number(decimal, is_negative, is_whole);
}

void JsonText::skip_plain_numbers() {
  for (;;) {
    peek();
    const char* begin = at_;
    const char* at = begin + (at_ < end_ && *at_ == '-');
    const char* whole = at;
    while (at < end_ && is_digit(*at)) ++at;
    if (at == whole || (*whole == '0' && at - whole > 1)) return;
    if (at < end_ && *at == '.') {
      const char* fraction = ++at;
      while (at < end_ && is_digit(*at)) ++at;
      if (at == fraction) return;
    }
    if (at == end_ || *at != ',' || at - begin > longest_number) return;
    at_ = at + 1;
  }
}

std::string_view JsonText::read_name(std::size_t first_of_object, std::uint64_t& marks) {
  bool has_escapes = false;
  const std::string_view name = read_string(has_escapes);
  if (sound_ && !take(':')) fail();
  if (!sound_) return {};
  const std::size_t trait = name.empty() ? 0 : name.size() + 7u * static_cast<unsigned char>(name.front());
  const std::uint64_t mark = std::uint64_t{1} << (trait % 64);
  const bool is_doubled =
      (marks & mark) != 0 &&
      std::find(names_.begin() + static_cast<std::ptrdiff_t>(first_of_object), names_.end(), name) != names_.end();
  marks |= mark;
  // Two spellings may be one name.
  if (has_escapes || is_doubled || names_.size() - first_of_object >= most_names) names_plain_ = false;
  if (names_.size() - first_of_object < most_names) names_.push_back(name);
  return name;
}

void JsonText::skip_word(std::string_view word) {
  if (static_cast<std::size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) return fail();
  at_ += word.size();
}

void JsonText::skip_value(bool check_keys) { skip_nested(check_keys, 0); }

void JsonText::skip_nested(bool check_keys, int depth) {
  if (depth > deepest) return fail();
  bool has_escapes = false;
  switch (peek()) {
    case '{':
      if (check_keys) {
        read_object([&](std::string_view) { skip_nested(check_keys, depth + 1); });
      } else {
        ++at_;
        if (take('}')) return;
        do {
          read_string(has_escapes);
          if (!sound_ || !take(':')) return fail();
          skip_nested(check_keys, depth + 1);
        } while (sound_ && take(','));
        if (!take('}')) fail();
      }
      return;
    case '[':
      read_list([&] {
        skip_plain_numbers();
        skip_nested(check_keys, depth + 1);
      });
      return;
    case '"':
      read_string(has_escapes);
      return;
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default:
      skip_number();
  }
}

}  // namespace maskaudit
