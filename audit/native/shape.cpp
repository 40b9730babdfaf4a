#include "shape.h"

#include "bits.h"
#include "threads.h"

#include <algorithm>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint64_t;

template <class Value, class Get>
void add_column(Table& table, const char* name, const std::vector<MaskShape>& shapes, Get&& get) {
  std::vector<Value> column(shapes.size());
  for (std::size_t mask = 0; mask < shapes.size(); ++mask) column[mask] = get(shapes[mask]);
  table.add(name, std::move(column));
}

}  // namespace

int64_t count_pixels(RunSpan runs) {
  int64_t pixels = 0;
  for (const Run& run : runs) pixels += run.y1 - run.y0;
  return pixels;
}

MaskBox find_box(RunSpan runs) {
  if (runs.empty()) return {};
  int32_t top = runs.front().y0, bottom = runs.front().y1;
  for (const Run& run : runs) {
    top = std::min(top, run.y0);
    bottom = std::max(bottom, run.y1);
  }
  return {runs.front().x, top, runs.back().x - runs.front().x + 1, bottom - top};
}

uint64_t hash_pixels(RunSpan runs) {
  if (runs.empty()) return 0;
  uint64_t sum = 0;
  for (const Run& run : runs) {
    const uint64_t place = (static_cast<uint64_t>(run.x) << 20) + static_cast<uint64_t>(run.y0);
    sum += mix_bits(mix_bits(place + 0x9E3779B97F4A7C15ull) + static_cast<uint64_t>(run.y1));
  }
  return sum == 0 ? 1 : sum;
}

double ShapeMeasurer::measure_hull(RunSpan runs) {
  if (runs.empty()) return 0;
  columns_.resize(runs.size());
  std::size_t last = 0;
  columns_[0] = {runs.front().x, runs.front().y0, runs.front().y1};
  for (const Run& run : runs) {
    if (run.x != columns_[last].x) columns_[++last] = {run.x, run.y0, run.y1};
    columns_[last].bottom = run.y1;
  }
  columns_.resize(last + 1);
  return hull_.measure(columns_);
}

// Expects the labeler to have seen the mask.
void ShapeMeasurer::measure_parts(RunSpan runs, MaskShape& shape) {
  if (labeler_.parts() == 1) {
    shape.parts.add(shape.area);
    return;
  }
  const std::vector<int64_t>& pixels = counter_.count(runs, labeler_);
  for (const int64_t part : pixels) {
    if (part > 0) shape.parts.add(part);
  }
  shape.part_gaps = gaps_.measure(runs, labeler_, pixels, shape.area);
}

MaskShape ShapeMeasurer::measure(RunSpan runs, RunList& holes) {
  MaskShape shape;
  if (runs.empty()) return shape;
  const auto n_runs = static_cast<int64_t>(runs.size());
  shape.area = count_pixels(runs);
  shape.box = find_box(runs);
  shape.hash = hash_pixels(runs);
  labeler_.label(runs, Corners::connect);
  // Every run adds its two ends and both its sides, less what its neighbours cover.
  shape.perimeter = 2 * (n_runs + shape.area - labeler_.shared_rows());
  measure_parts(runs, shape);
  // Euler's formula (parts - holes = runs - links) says whether there is a hole to look for.
  if (labeler_.parts() > n_runs - labeler_.links()) shape.holes = hole_finder_.find(runs, holes);
  shape.hull_area = measure_hull(runs);
  return shape;
}

void add_shape_columns(Table& table, const std::vector<MaskShape>& shapes) {
  const auto add = [&](const char* name, auto&& get) { add_column<int64_t>(table, name, shapes, get); };
  add("area_px", [](const MaskShape& shape) { return shape.area; });
  add("x", [](const MaskShape& shape) { return shape.box.x; });
  add("y", [](const MaskShape& shape) { return shape.box.y; });
  add("w", [](const MaskShape& shape) { return shape.box.w; });
  add("h", [](const MaskShape& shape) { return shape.box.h; });
  add("parts", [](const MaskShape& shape) { return shape.parts.number; });
  add("largest_part_px", [](const MaskShape& shape) { return shape.parts.largest; });
  add("smallest_part_px", [](const MaskShape& shape) { return shape.parts.smallest; });
  add("part_gap_px", [](const MaskShape& shape) { return shape.part_gaps.between_large; });
  add("small_part_gap_px", [](const MaskShape& shape) { return shape.part_gaps.to_small; });
  add("holes", [](const MaskShape& shape) { return shape.holes.number; });
  add("hole_px", [](const MaskShape& shape) { return shape.holes.total; });
  add("smallest_hole_px", [](const MaskShape& shape) { return shape.holes.smallest; });
  add("perimeter_px", [](const MaskShape& shape) { return shape.perimeter; });
  add_column<double>(table, "hull_px", shapes, [](const MaskShape& shape) { return shape.hull_area; });
  add_column<uint64_t>(table, "mask_hash", shapes, [](const MaskShape& shape) { return shape.hash; });
}

}  // namespace maskaudit

using maskaudit::RunColumns;
using maskaudit::RunList;

// Columns: those of add_shape_columns.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_shapes(const int64_t* start, const int32_t* x, const int32_t* y0,
                                                         const int32_t* y1, int64_t n_masks, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns masks{x, y0, y1, start};
    struct Worker {
      maskaudit::ShapeMeasurer measurer;
      RunList runs, holes;
    };
    std::vector<Worker> workers(static_cast<std::size_t>(n_threads));
    std::vector<maskaudit::MaskShape> shapes(static_cast<std::size_t>(n_masks));
    maskaudit::for_each_item(n_masks, static_cast<int>(n_threads), [&](int thread, int64_t mask) {
      Worker& worker = workers[static_cast<std::size_t>(thread)];
      masks.load(mask, worker.runs);
      worker.holes.clear();
      shapes[static_cast<std::size_t>(mask)] = worker.measurer.measure(worker.runs, worker.holes);
    });
    maskaudit::add_shape_columns(table, shapes);
  });
}

// Columns: area, x, y, w, h, hash, perhaps of very many masks.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_boxes(const int64_t* start, const int32_t* x, const int32_t* y0,
                                                        const int32_t* y1, int64_t n_masks, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns masks{x, y0, y1, start};
    const std::size_t count = static_cast<std::size_t>(n_masks);
    std::vector<int64_t> area(count), box(4 * count);
    std::vector<std::uint64_t> hash(count);
    constexpr int64_t block = 256;  // masks handed out together
    maskaudit::for_each_item((n_masks + block - 1) / block, static_cast<int>(n_threads), [&](int, int64_t item) {
      RunList runs;
      for (int64_t mask = item * block; mask < std::min(n_masks, (item + 1) * block); ++mask) {
        const std::size_t at = static_cast<std::size_t>(mask);
        masks.load(mask, runs);
        const maskaudit::MaskBox found = maskaudit::find_box(runs);
        area[at] = maskaudit::count_pixels(runs);
        box[4 * at] = found.x, box[4 * at + 1] = found.y, box[4 * at + 2] = found.w, box[4 * at + 3] = found.h;
        hash[at] = maskaudit::hash_pixels(runs);
      }
    });
    table.add("area", std::move(area));
    table.add("box", std::move(box));
    table.add("hash", std::move(hash));
  });
}
