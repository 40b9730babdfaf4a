// The lists of a COCO document, or the one list of a results file: where each of their records begins and ends.
#include "json_text.h"
#include "table.h"

#include <string>

using namespace maskaudit;

namespace {

using std::int64_t;
using std::uint8_t;

// What is called now and then while a long text is read.
using OnProgress = void (*)();
constexpr int64_t progress_bytes = int64_t{64} << 20;

// Where each element of a list begins and ends.
struct Places {
  std::vector<int64_t> begin, end;

  void read(JsonText& text, OnProgress on_progress) {
    int64_t next_progress = text.position() + progress_bytes;
    text.read_list([&] {
      text.peek();
      begin.push_back(text.position());
      text.skip_value(false);
      end.push_back(text.position());
      if (text.position() < next_progress) return;
      on_progress();
      next_progress = text.position() + progress_bytes;
    });
  }

  void move_to(Table& table, const std::string& name) {
    table.add(name + "_begin", std::move(begin));
    table.add(name + "_end", std::move(end));
  }
};

}  // namespace

// Finds the elements of the lists images, annotations and categories of a document. Columns: name_begin and name_end
// of each list; is_sound, one value: 0 where the document is not one object with each of the lists once, or where
// only the careful reader can tell. `on_progress` is called after every 64 MiB of records.
MASKAUDIT_API Table* maskaudit_split_coco(const char* data, int64_t size, OnProgress on_progress) {
  return guarded([&](Table& table) {
    constexpr const char* wanted[] = {"images", "annotations", "categories"};
    Places places[3];
    int times[3] = {0, 0, 0};
    JsonText text(data);
    text.start(0, size);
    text.read_object([&](std::string_view name) {
      for (int list = 0; list < 3; ++list) {
        if (name != wanted[list]) continue;
        ++times[list];
        return places[list].read(text, on_progress);
      }
      // What nobody reads may hold anything.
      text.skip_value(false);
    });
    bool is_sound = text.is_sound() && text.is_at_end();
    for (int list = 0; list < 3; ++list) {
      is_sound = is_sound && times[list] == 1;
      places[list].move_to(table, wanted[list]);
    }
    table.add("is_sound", std::vector<uint8_t>{is_sound && text.has_plain_names()});
  });
}

// The same of a document that is one list: columns begin, end, is_sound.
MASKAUDIT_API Table* maskaudit_split_list(const char* data, int64_t size, OnProgress on_progress) {
  return guarded([&](Table& table) {
    Places places;
    JsonText text(data);
    text.start(0, size);
    places.read(text, on_progress);
    table.add("is_sound", std::vector<uint8_t>{text.is_sound() && text.is_at_end()});
    places.move_to(table, "list");
  });
}
