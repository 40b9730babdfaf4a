// The image records of a COCO file from JSON text to columns; what is not as the format says is left to the careful
// reader in Python, record by record.
#include "json_text.h"
#include "table.h"

using namespace maskaudit;

namespace {

using std::int64_t;
using std::uint8_t;

// The members of one record; typed where each is there once and as the format says.
struct ImageRecord {
  int64_t id = 0, height = 0, width = 0;
  std::string_view name;
  bool has_escapes = false, is_typed = false;

  void read(JsonText& text) {
    bool is_odd = text.peek() != '{';
    int n_members = 0;
    const auto read_integer = [&](int64_t& value) {
      ++n_members;
      if (!text.starts_number()) {
        is_odd = true;
        return text.skip_value(true);
      }
      const JsonNumber number = text.read_number();
      is_odd |= !number.is_integer;
      value = number.integer;
    };
    if (!is_odd)
      text.read_object([&](std::string_view member) {
        if (member == "id") {
          read_integer(id);
        } else if (member == "height") {
          read_integer(height);
        } else if (member == "width") {
          read_integer(width);
        } else if (member == "file_name" && text.peek() == '"') {
          name = text.read_string(has_escapes);
          ++n_members;
        } else {
          text.skip_value(true);
        }
      });
    is_typed = !is_odd && n_members == 4 && text.is_sound() && text.is_plain() && text.is_at_end();
  }
};

}  // namespace

// One row a record, data[begin[i], end[i]). Columns: is_typed (where it is not, the others are without meaning), id,
// height, width; names, the file names as they are written, with a line feed between two, which none can hold;
// has_escapes, whether there are any to resolve.
MASKAUDIT_API Table* maskaudit_parse_images(const char* data, const int64_t* begin, const int64_t* end,
                                            int64_t n_records) {
  return guarded([&](Table& table) {
    std::vector<uint8_t> is_typed, has_escapes, names;
    std::vector<int64_t> ids, heights, widths;
    JsonText text(data);
    for (int64_t record = 0; record < n_records; ++record) {
      text.start(begin[record], end[record]);
      ImageRecord image;
      image.read(text);
      is_typed.push_back(image.is_typed);
      has_escapes.push_back(image.has_escapes);
      ids.push_back(image.id);
      heights.push_back(image.height);
      widths.push_back(image.width);
      if (record > 0) names.push_back('\n');
      if (image.is_typed) names.insert(names.end(), image.name.begin(), image.name.end());
    }
    table.add("is_typed", std::move(is_typed));
    table.add("has_escapes", std::move(has_escapes));
    table.add("id", std::move(ids));
    table.add("height", std::move(heights));
    table.add("width", std::move(widths));
    table.add("names", std::move(names));
  });
}
