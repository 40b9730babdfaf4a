// Reading JSON text from front to back, strictly, without making anything of what is skipped.
//
// Whoever reads asks after each step whether the text is still `sound`. What is unsound here is not judged here: the
// careful reader in Python says what is wrong, and where. `plain` tells whether the text holds something that is
// sound but needs the careful reader: NaN, a doubled key, a number that a double cannot hold.
#pragma once

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
  char peek();
  // Steps over a character if it is the next one.
  bool take(char wanted);
  bool is_at_end() { return peek() == 0 && at_ == end_; }

  // What stands between the quotes, escapes not resolved; `has_escapes` tells whether there are any.
  std::string_view read_string(bool& has_escapes);
  JsonNumber read_number();
  // Skips a value of any kind. With `check_keys`, doubled keys and numbers out of range mark the text as odd.
  void skip_value(bool check_keys);

  // Calls on_member(name) for each member of an object; it has to read or skip the value. Doubled names and names
  // with escapes mark the text as odd.
  template <class OnMember>
  void read_object(OnMember&& on_member) {
    const std::size_t first = names_.size();
    if (!take('{')) return fail();
    if (!take('}')) {
      do {
        const std::string_view name = read_name(first);
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
  std::string_view read_name(std::size_t first_of_object);
  void skip_word(std::string_view word);
  void skip_number();
  // Returns where the digits begin.
  const char* skip_digits();
  void skip_nested(bool check_keys, int depth);

  const char* text_;
  const char* at_;
  const char* end_;
  bool sound_ = true, plain_ = true, names_plain_ = true;
  std::vector<std::string_view> names_;  // of the objects that are open, to find doubled ones
};

}  // namespace maskaudit
