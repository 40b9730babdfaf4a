// COCO annotations, or the detections of a results file, from JSON text to columns: no record ever becomes an object.
// What is not as the format says is left to the careful reader in Python, record by record.
#include "bits.h"
#include "drawable.h"
#include "json_text.h"
#include "rle.h"
#include "table.h"

#include <cstring>
#include <limits>
#include <string>

using namespace maskaudit;

namespace {

using std::int64_t;
using std::uint16_t;
using std::uint64_t;
using std::uint8_t;

constexpr double absent = std::numeric_limits<double>::quiet_NaN();
// Value of audit.loaders.annotation_columns.NO_FLAG.
constexpr uint8_t no_flag = 9;

// Bits of audit.loaders.annotation_columns.Field.
enum Field : uint16_t { id = 1, image_id = 2, category_id = 4, segmentation = 8, bbox = 16, area = 32, iscrowd = 64, score = 128 };
// Values of audit.dataset.model.MaskKind.
enum Kind : uint8_t { no_mask = 0, polygons = 1, run_lengths = 2 };

// Columns of records. Those of rings, coordinates, run lengths and counts lie end to end, in the order of records.
struct Columns {
  std::vector<uint8_t> is_typed, flag, kind;
  std::vector<uint16_t> fields;
  std::vector<int64_t> ids, images, categories;
  std::vector<double> areas, scores, boxes;
  std::vector<uint64_t> mask_hash;
  std::vector<int64_t> n_rings, ring_size;
  std::vector<double> coordinates;
  std::vector<int64_t> heights, widths, n_counts, counts;
  std::vector<uint8_t> fault;
  bool are_drawable = true;  // all segmentations, as far as that does not depend on their images

  // Takes back what a record that is not typed has added to the columns that are not one value a record.
  struct Mark {
    std::size_t rings, coordinates, masks, counts;
  };
  Mark mark() const { return {ring_size.size(), coordinates.size(), heights.size(), counts.size()}; }
  void forget_since(const Mark& mark) {
    ring_size.resize(mark.rings);
    coordinates.resize(mark.coordinates);
    heights.resize(mark.masks);
    widths.resize(mark.masks);
    n_counts.resize(mark.masks);
    fault.resize(mark.masks);
    counts.resize(mark.counts);
  }

  void move_to(Table& table) {
    table.add("is_typed", std::move(is_typed));
    table.add("fields", std::move(fields));
    table.add("id", std::move(ids));
    table.add("image_id", std::move(images));
    table.add("category_id", std::move(categories));
    table.add("area", std::move(areas));
    table.add("score", std::move(scores));
    table.add("bbox", std::move(boxes));
    table.add("iscrowd", std::move(flag));
    table.add("kind", std::move(kind));
    table.add("mask_hash", std::move(mask_hash));
    table.add("n_rings", std::move(n_rings));
    table.add("ring_size", std::move(ring_size));
    table.add("coordinates", std::move(coordinates));
    table.add("rle_height", std::move(heights));
    table.add("rle_width", std::move(widths));
    table.add("rle_fault", std::move(fault));
    table.add("n_counts", std::move(n_counts));
    table.add("counts", std::move(counts));
    table.add("are_drawable", std::vector<uint8_t>{are_drawable});
  }
};

class RecordReader {
 public:
  RecordReader(JsonText& text, Columns& columns, std::string& scratch, const DrawLimits& limits, uint16_t required)
      : text_(text),
        columns_(columns),
        unescaped_(scratch),
        limits_(limits),
        required_(required),
        // Detections have a score, and are compared with each other.
        hashes_masks_((required & Field::score) != 0) {}

  // Adds one row to the columns.
  void read() {
    const Columns::Mark before = columns_.mark();
    if (text_.peek() == '{') {
      text_.read_object([&](std::string_view name) { read_member(name); });
    } else {
      is_odd_ = true;
    }
    const bool is_typed =
        text_.is_sound() && text_.is_plain() && !is_odd_ && (fields_ & required_) == required_ && text_.is_at_end();
    columns_.are_drawable = columns_.are_drawable && is_typed && is_drawable(before);
    if (!is_typed) {
      columns_.forget_since(before);
      kind_ = no_mask;
      n_rings_ = 0;
    }
    columns_.is_typed.push_back(is_typed);
    columns_.fields.push_back(fields_);
    columns_.ids.push_back(id_);
    columns_.images.push_back(image_id_);
    columns_.categories.push_back(category_id_);
    columns_.areas.push_back(area_);
    columns_.scores.push_back(score_);
    columns_.boxes.insert(columns_.boxes.end(), bbox_, bbox_ + 4);
    columns_.flag.push_back(flag_);
    columns_.kind.push_back(kind_);
    columns_.mask_hash.push_back(hash_);
    columns_.n_rings.push_back(n_rings_);
  }

 private:
  void read_member(std::string_view name) {
    if (name == "id") id_ = read_integer(Field::id);
    else if (name == "image_id") image_id_ = read_integer(Field::image_id);
    else if (name == "category_id") category_id_ = read_integer(Field::category_id);
    else if (name == "segmentation") read_segmentation();
    else if (name == "bbox") read_box();
    else if (name == "area") area_ = read_double(Field::area);
    else if (name == "iscrowd") read_flag();
    else if (name == "score") score_ = read_double(Field::score);
    else text_.skip_value(true);
  }

  // Leaves the record to the careful reader, but goes on behind the value.
  void refuse() {
    is_odd_ = true;
    text_.skip_value(true);
  }

  int64_t read_integer(Field field) {
    fields_ |= field;
    return read_integer();
  }
  int64_t read_integer() {
    if (!text_.starts_number()) {
      refuse();
      return 0;
    }
    const JsonNumber number = text_.read_number();
    is_odd_ |= !number.is_integer;
    return number.integer;
  }

  double read_double(Field field) {
    fields_ |= field;
    return read_double();
  }
  double read_double() {
    if (!text_.starts_number()) {
      refuse();
      return absent;
    }
    const JsonNumber number = text_.read_number();
    is_odd_ |= !number.is_exact;
    return number.value;
  }

  void read_flag() {
    const int64_t value = read_integer(Field::iscrowd);
    is_odd_ |= value != 0 && value != 1;
    flag_ = value == 1;
  }

  void read_box() {
    fields_ |= Field::bbox;
    if (text_.peek() != '[') return refuse();
    int side = 0;
    text_.read_list([&] {
      const double value = read_double();
      if (side < 4) bbox_[side] = value;
      ++side;
    });
    is_odd_ |= side != 4;
  }

  void read_segmentation() {
    fields_ |= Field::segmentation;
    switch (text_.peek()) {
      case '[':
        kind_ = polygons;
        text_.read_list([&] { read_ring(); });
        return;
      case '{':
        kind_ = run_lengths;
        return read_run_lengths();
      default:
        refuse();
    }
  }

  void read_ring() {
    if (text_.peek() != '[') return refuse();
    const std::size_t first = columns_.coordinates.size();
    text_.read_list([&] { columns_.coordinates.push_back(read_double()); });
    const std::size_t size = columns_.coordinates.size() - first;
    columns_.ring_size.push_back(static_cast<int64_t>(size));
    ++n_rings_;
    if (!hashes_masks_) return;
    add_to_hash(size);
    for (std::size_t i = first; i < columns_.coordinates.size(); ++i) {
      uint64_t image;
      const double value = columns_.coordinates[i] + 0.0;  // minus zero becomes zero
      std::memcpy(&image, &value, sizeof image);
      add_to_hash(image);
    }
  }

  void read_run_lengths() {
    const std::size_t first = columns_.counts.size();
    int64_t size[2] = {0, 0};
    int sides = 0;
    bool has_counts = false;
    RleFault fault = RleFault::ok;
    text_.read_object([&](std::string_view name) {
      if (name == "size") {
        if (text_.peek() != '[') return refuse();
        text_.read_list([&] {
          const int64_t side = read_integer();
          if (sides < 2) size[sides] = side;
          ++sides;
        });
      } else if (name == "counts") {
        has_counts = true;
        if (text_.peek() == '"') {
          fault = read_counts_string();
        } else if (text_.peek() == '[') {
          add_to_hash(1);  // a list is another mask than a string, whatever they hold
          text_.read_list([&] { columns_.counts.push_back(read_integer()); });
        } else {
          refuse();
        }
      } else {
        text_.skip_value(true);
      }
    });
    is_odd_ |= sides != 2 || !has_counts;
    columns_.heights.push_back(size[0]);
    columns_.widths.push_back(size[1]);
    columns_.fault.push_back(static_cast<uint8_t>(fault));
    columns_.n_counts.push_back(static_cast<int64_t>(columns_.counts.size() - first));
    if (!hashes_masks_) return;
    add_to_hash(static_cast<uint64_t>(size[0]));
    add_to_hash(static_cast<uint64_t>(size[1]));
    for (std::size_t i = first; i < columns_.counts.size(); ++i) add_to_hash(static_cast<uint64_t>(columns_.counts[i]));
  }

  RleFault read_counts_string() {
    bool has_escapes = false;
    std::string_view characters = text_.read_string(has_escapes);
    if (has_escapes) {
      unescaped_.clear();
      for (std::size_t i = 0; i < characters.size(); ++i) {
        // Of all escapes, run lengths need that of the backslash alone.
        if (characters[i] == '\\') is_odd_ |= characters[++i] != '\\';
        unescaped_.push_back(characters[i]);
      }
      characters = unescaped_;
    }
    const auto* bytes = reinterpret_cast<const uint8_t*>(characters.data());
    const RleFault fault = decode_rle_string(bytes, static_cast<int64_t>(characters.size()), columns_.counts);
    if (fault != RleFault::ok)
      for (const char character : characters) add_to_hash(static_cast<uint8_t>(character));
    return fault;
  }

  // Of a record that has added one segmentation since then.
  bool is_drawable(const Columns::Mark& before) const {
    if (kind_ == polygons) {
      const std::size_t n_rings = columns_.ring_size.size() - before.rings;
      return limits_.pass_rings(columns_.coordinates.data() + before.coordinates,
                                columns_.ring_size.data() + before.rings, n_rings);
    }
    return kind_ == run_lengths && columns_.fault.back() == static_cast<uint8_t>(RleFault::ok) &&
           limits_.pass_counts(columns_.counts.data() + before.counts, columns_.counts.size() - before.counts,
                               columns_.heights.back(), columns_.widths.back());
  }

  void add_to_hash(uint64_t value) { hash_ = mix_bits(hash_ + 0x9E3779B97F4A7C15ull) ^ mix_bits(value + hash_); }

  JsonText& text_;
  Columns& columns_;
  std::string& unescaped_;
  const DrawLimits& limits_;
  const uint16_t required_;
  const bool hashes_masks_;
  bool is_odd_ = false;
  uint16_t fields_ = 0;
  int64_t id_ = 0, image_id_ = 0, category_id_ = 0;
  double area_ = absent, score_ = absent, bbox_[4] = {absent, absent, absent, absent};
  uint8_t flag_ = no_flag, kind_ = no_mask;
  int64_t n_rings_ = 0;
  uint64_t hash_ = 0;
};

}  // namespace

// One row a record, data[begin[i], end[i]): see Columns. A record is typed if it has all `required` fields, and none
// of another type. `limits`: see DrawLimits.
MASKAUDIT_API Table* maskaudit_parse_annotations(const char* data, const int64_t* begin, const int64_t* end,
                                                 int64_t n_records, int64_t required, const int64_t* limits) {
  return guarded([&](Table& table) {
    Columns columns;
    JsonText text(data);
    std::string scratch;
    const DrawLimits draw_limits(limits);
    for (int64_t record = 0; record < n_records; ++record) {
      text.start(begin[record], end[record]);
      RecordReader(text, columns, scratch, draw_limits, static_cast<uint16_t>(required)).read();
    }
    columns.move_to(table);
  });
}
