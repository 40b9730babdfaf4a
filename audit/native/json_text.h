// Reading JSON text from front to back, strictly, without making anything of what is skipped.
//
// Whoever reads asks after each step whether the text is still `sound`. What is unsound here is not judged here: the
// careful reader in Python says what is wrong, and where. `plain` tells whether the text holds something that is
// sound but needs the careful reader: NaN, a doubled key, a number that a double cannot hold.
#pragma once

#include "decimal.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace maskaudit {

struct JsonNumber {
  double value = 0;
  std::int64_t integer = 0;
  bool is_integer = false;  // without fraction and exponent, and within 64 bits
  bool is_exact = false;    // `value` is the double nearest to what stands there
};

class JsonText {
 public:
  explicit JsonText(const char* text) : text_(text), at_(text), end_(text) {}

  // Begins to read text[begin, end).
  void start(std::int64_t begin, std::int64_t end) {
    at_ = text_ + begin;
    end_ = text_ + end;
    sound_ = plain_ = names_plain_ = true;
    names_.clear();
  }

  bool is_sound() const { return sound_; }
  bool is_plain() const { return plain_ && names_plain_; }
  // Whether no name stands twice in an object whose names were looked at, and none has an escape.
  bool has_plain_names() const { return names_plain_; }
  void fail() { sound_ = false; }
  void mark_odd() { plain_ = false; }
  std::int64_t position() const { return at_ - text_; }

  // The next character that is no white space, or 0 at the end.
  char peek() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ < end_ ? *at_ : '\0';
  }
  // Steps over a character if it is the next one.
  bool take(char wanted) {
    if (peek() != wanted || at_ == end_) return false;
    ++at_;
    return true;
  }
  bool is_at_end() { return peek() == 0 && at_ == end_; }

  // What stands between the quotes, escapes not resolved; `has_escapes` tells whether there are any.
  std::string_view read_string(bool& has_escapes);
  bool starts_number() {
    const char next = peek();
    return next == '-' || is_digit(next);
  }
  JsonNumber read_number() {
    peek();
    const PlainNumber plain = scan_plain_number(at_);
    if (!plain.is_plain) return read_any_number();
    at_ = plain.end;
    return to_number(plain.decimal, plain.is_negative, plain.decimal.exponent == 0);
  }
  // Skips a value of any kind. With `check_keys`, doubled keys and numbers out of range mark the text as odd.
  void skip_value(bool check_keys);

  // Calls on_member(name) for each member of an object; it has to read or skip the value. Doubled names and names
  // with escapes mark the text as odd.
  template <class OnMember>
  void read_object(OnMember&& on_member) {
    const std::size_t first = names_.size();
    std::uint64_t marks = 0;
    if (!take('{')) return fail();
    if (!take('}')) {
      do {
        const std::string_view name = read_name(first, marks);
        if (!sound_) break;
        on_member(name);
      } while (sound_ && take(','));
      if (!take('}')) fail();
    }
    names_.resize(first);
  }

  // Calls on_element() for each element of a list.
  template <class OnElement>
  void read_list(OnElement&& on_element) {
    if (!take('[')) return fail();
    if (take(']')) return;
    do on_element();
    while (sound_ && take(','));
    if (!take(']')) fail();
  }

 private:
  // A number as nearly all are: at most 18 digits, maybe a point, no exponent.
  struct PlainNumber {
    Decimal decimal;
    const char* end;
    bool is_negative, is_plain;
  };

  static bool is_digit(char character) { return character >= '0' && character <= '9'; }

  PlainNumber scan_plain_number(const char* at) const {
    constexpr std::ptrdiff_t most_digits = 18;  // fit into 64 bits, whatever they are
    PlainNumber number{{}, at, at < end_ && *at == '-', false};
    at += number.is_negative;
    const char* whole = at;
    std::uint64_t mantissa = 0;
    for (; at < end_ && is_digit(*at); ++at) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*at - '0');
    std::ptrdiff_t n_digits = at - whole;
    if (n_digits == 0 || (*whole == '0' && n_digits > 1)) return number;
    if (at < end_ && *at == '.') {
      const char* fraction = ++at;
      for (; at < end_ && is_digit(*at); ++at) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*at - '0');
      if (at == fraction) return number;
      n_digits += at - fraction;
      number.decimal.exponent = -static_cast<int>(at - fraction);
    }
    number.decimal.mantissa = mantissa;
    number.end = at;
    number.is_plain = n_digits <= most_digits && !(at < end_ && (*at == 'e' || *at == 'E'));
    return number;
  }
  static JsonNumber to_number(const Decimal& decimal, bool is_negative, bool is_whole);
  JsonNumber read_any_number();

  // `marks` has a bit for each name of the object, to see at once that most were not there before.
  std::string_view read_name(std::size_t first_of_object, std::uint64_t& marks);
  void skip_plain_characters();
  void skip_word(std::string_view word);
  void skip_number();
  // Skips numbers of a list with the commas behind them, as long as they are plain.
  void skip_plain_numbers();
  // Returns where the digits begin.
  const char* skip_digits();
  void skip_nested(bool check_keys, int depth);

  const char* text_;
  const char* at_;
  const char* end_;
  bool sound_ = true, plain_ = true, names_plain_ = true;
  std::vector<std::string_view> names_;  // of the objects that are open, to find doubled ones
};

inline JsonNumber JsonText::to_number(const Decimal& decimal, bool is_negative, bool is_whole) {
  JsonNumber number;
  number.is_exact = decimal.to_double(number.value);
  number.is_integer = is_whole && !decimal.is_cut && decimal.mantissa <= INT64_MAX;
  if (number.is_integer) number.integer = static_cast<std::int64_t>(decimal.mantissa);
  if (is_negative) {
    // As of an integer, minus zero is zero.
    number.value = number.is_integer ? 0 - number.value : -number.value;
    number.integer = -number.integer;
  }
  return number;
}

}  // namespace maskaudit
