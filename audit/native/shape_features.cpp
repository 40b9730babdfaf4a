// The close look at shapes that conventions are learned from: whole masks, unions of touching pairs, and masks cut
// in two by chance. Every item is looked at by itself, on a tile that stays in the cache.
#include "hull.h"
#include "random_cut.h"
#include "split_features.h"
#include "table.h"
#include "threads.h"

#include <string>
#include <tuple>

using namespace maskaudit;

namespace {

using FloatColumn = std::vector<float>;

// A shape that is nearly an ellipse has no neck and no notch: the search for a cut, which is the dear part, is
// spared it. On nuclei, 997 of 1000 merged pairs lie above, and more than 4 of 10 instances below.
constexpr float least_misfit = 0.08f;

// Columns of a seam, lengths in pixels.
struct SeamColumns {
  FloatColumn gain, misfit, share, px, width_px, notch_low, notch_high;

  explicit SeamColumns(std::size_t items)
      : gain(items), misfit(items), share(items), px(items), width_px(items), notch_low(items), notch_high(items) {}

  void set(std::size_t item, const Seam& seam, float scale) {
    gain[item] = seam.gain;
    misfit[item] = seam.misfit;
    share[item] = seam.share;
    px[item] = seam.length * scale;
    width_px[item] = seam.width * scale;
    notch_low[item] = seam.notch_low;
    notch_high[item] = seam.notch_high;
  }

  void move_to(Table& table, const std::string& prefix) {
    table.add(prefix + "_gain", std::move(gain));
    table.add(prefix + "_misfit", std::move(misfit));
    table.add(prefix + "_share", std::move(share));
    table.add(prefix + "_px", std::move(px));
    table.add(prefix + "_width_px", std::move(width_px));
    table.add(prefix + "_notch_low", std::move(notch_low));
    table.add(prefix + "_notch_high", std::move(notch_high));
  }
};

// Columns of a form, whole and cut where that fits best; lengths and places in image pixels.
struct ShapeColumns {
  FloatColumn major_px, minor_px, misfit;
  std::vector<std::uint8_t> is_measured;
  FloatColumn dent_1_px, dent_2_px, cut_x0, cut_y0, cut_x1, cut_y1;
  SeamColumns cut;

  explicit ShapeColumns(std::size_t items)
      : major_px(items), minor_px(items), misfit(items), is_measured(items), dent_1_px(items), dent_2_px(items),
        cut_x0(items), cut_y0(items), cut_x1(items), cut_y1(items), cut(items) {}

  // Measures the shape on a tile.
  void measure(std::size_t item, const Tile& tile, const Spans& spans, const Window& window) {
    const MomentSums sums = spans.sum();
    const Moments moments = Moments::of(sums);
    const float scale = static_cast<float>(window.scale);
    major_px[item] = moments.major_axis() * scale;
    minor_px[item] = moments.minor_axis() * scale;
    misfit[item] = spans.misfit(moments);
    if (misfit[item] < least_misfit) return;
    is_measured[item] = 1;
    const Cut best = measure_best_cut(tile, spans, sums, misfit[item]);
    const Seam& seam = best.seam;
    dent_1_px[item] = best.concavities.depth[0] * scale;
    dent_2_px[item] = best.concavities.depth[1] * scale;
    cut.set(item, seam, scale);
    // The centre of a cell lies half a cell behind its first pixel's corner.
    auto in_image = [&](std::int64_t start, float cell) {
      return static_cast<float>(static_cast<double>(start) + static_cast<double>((cell + 0.5f) * scale));
    };
    cut_x0[item] = in_image(window.x, seam.x0);
    cut_y0[item] = in_image(window.y, seam.y0);
    cut_x1[item] = in_image(window.x, seam.x1);
    cut_y1[item] = in_image(window.y, seam.y1);
  }

  void move_to(Table& table) {
    table.add("major_px", std::move(major_px));
    table.add("minor_px", std::move(minor_px));
    table.add("misfit", std::move(misfit));
    table.add("shape_measured", std::move(is_measured));
    table.add("dent_1_px", std::move(dent_1_px));
    table.add("dent_2_px", std::move(dent_2_px));
    table.add("cut_x0", std::move(cut_x0));
    table.add("cut_y0", std::move(cut_y0));
    table.add("cut_x1", std::move(cut_x1));
    table.add("cut_y1", std::move(cut_y1));
    cut.move_to(table, "cut");
  }
};

// The masks that are close to each mask, from a list of pairs.
class Neighbours {
 public:
  Neighbours(std::int64_t masks, const std::int64_t* a, const std::int64_t* b, std::int64_t pairs)
      : start_(static_cast<std::size_t>(masks) + 1), mask_(static_cast<std::size_t>(2 * pairs)) {
    auto at = [&](std::int64_t mask) -> std::int64_t& { return start_[static_cast<std::size_t>(mask)]; };
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
      ++at(a[pair] + 1);
      ++at(b[pair] + 1);
    }
    for (std::int64_t mask = 0; mask < masks; ++mask) at(mask + 1) += at(mask);
    std::vector<std::int64_t> next(start_);
    auto put = [&](std::int64_t owner, std::int64_t other) {
      mask_[static_cast<std::size_t>(next[static_cast<std::size_t>(owner)]++)] = other;
    };
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
      put(a[pair], b[pair]);
      put(b[pair], a[pair]);
    }
  }

  const std::int64_t* begin(std::int64_t mask) const { return mask_.data() + start_[static_cast<std::size_t>(mask)]; }
  const std::int64_t* end(std::int64_t mask) const { return begin(mask + 1); }

 private:
  std::vector<std::int64_t> start_, mask_;
};

// Reads row `mask` of an (n, 4) array of xywh boxes.
PixelBox box_of(const std::int64_t* boxes, std::int64_t mask) {
  const std::int64_t* row = boxes + 4 * mask;
  return {row[0], row[1], row[2], row[3]};
}

PixelBox unite_boxes(const PixelBox& a, const PixelBox& b) {
  const std::int64_t x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.x + a.width, b.x + b.width) - x, std::max(a.y + a.height, b.y + b.height) - y};
}

bool lies_before(const PixelBox& a, const PixelBox& b) {
  return std::tie(a.x, a.y, a.width, a.height) < std::tie(b.x, b.y, b.width, b.height);
}

// The outermost rows of the columns of two masks together.
void list_column_extents(RunSpan a, RunSpan b, std::vector<ColumnExtent>& columns) {
  columns.clear();
  const Run *of_a = a.begin(), *of_b = b.begin();
  while (of_a != a.end() || of_b != b.end()) {
    const bool take_a = of_b == b.end() || (of_a != a.end() && of_a->x <= of_b->x);
    const Run& run = take_a ? *of_a++ : *of_b++;
    if (!columns.empty() && columns.back().x == run.x) {
      columns.back().top = std::min(columns.back().top, run.y0);
      columns.back().bottom = std::max(columns.back().bottom, run.y1);
    } else {
      columns.push_back({run.x, run.y0, run.y1});
    }
  }
}

// What a thread keeps from item to item.
struct Worker {
  RunList runs, other_runs;
  std::vector<ColumnExtent> columns;
  HullArea hull;
};

// Calls measure(worker, item) for every item. Threads take portions of them: neighbouring rows of the columns share
// a line of the cache, which would wander from thread to thread.
template <class Measure>
void measure_items(std::int64_t items, std::int64_t n_threads, Measure&& measure) {
  constexpr std::int64_t portion = 64;
  std::vector<Worker> workers(static_cast<std::size_t>(std::max<std::int64_t>(n_threads, 1)));
  for_each_item((items + portion - 1) / portion, static_cast<int>(n_threads), [&](int thread, std::int64_t number) {
    Worker& worker = workers[static_cast<std::size_t>(thread)];
    const std::int64_t end = std::min((number + 1) * portion, items);
    for (std::int64_t item = number * portion; item < end; ++item) measure(worker, static_cast<std::size_t>(item));
  });
}

}  // namespace

// One row a mask: the columns of a form.
MASKAUDIT_API Table* maskaudit_shape_features(const std::int64_t* start, const std::int32_t* x,
                                              const std::int32_t* y0, const std::int32_t* y1,
                                              const std::int64_t* boxes, std::int64_t n_masks,
                                              std::int64_t n_threads) {
  return guarded([&](Table& table) {
    const RunColumns masks{x, y0, y1, start};
    ShapeColumns shapes(static_cast<std::size_t>(n_masks));
    measure_items(n_masks, n_threads, [&](Worker& worker, std::size_t mask) {
      const PixelBox box = box_of(boxes, static_cast<std::int64_t>(mask));
      if (box.width == 0) return;
      const Window window = window_around(box);
      Tile tile = blank_tile(window.columns);
      masks.load(static_cast<std::int64_t>(mask), worker.runs);
      draw_mask(worker.runs, window, tile);
      shapes.measure(mask, tile, Spans(tile), window);
    });
    shapes.move_to(table);
  });
}

// One row a chosen pair (a position in a and b): the columns of its union's form, of the seam between the two, and
// area_px and hull_px of the union. The pairs that are not chosen tell which masks are close to each other.
MASKAUDIT_API Table* maskaudit_union_features(const std::int64_t* start, const std::int32_t* x,
                                              const std::int32_t* y0, const std::int32_t* y1,
                                              const std::int64_t* boxes, std::int64_t n_masks,
                                              const std::int64_t* a, const std::int64_t* b, std::int64_t n_pairs,
                                              const std::int64_t* chosen, std::int64_t n_chosen,
                                              std::int64_t n_threads) {
  return guarded([&](Table& table) {
    const RunColumns masks{x, y0, y1, start};
    const Neighbours neighbours(n_masks, a, b, n_pairs);
    const auto items = static_cast<std::size_t>(n_chosen);
    ShapeColumns shapes(items);
    SeamColumns seams(items);
    std::vector<std::int64_t> area(items);
    std::vector<double> hull(items);
    measure_items(n_chosen, n_threads, [&](Worker& worker, std::size_t item) {
      std::int64_t left = a[chosen[item]], right = b[chosen[item]];
      // In the order of their boxes: ids must not decide how a seam looks.
      if (lies_before(box_of(boxes, right), box_of(boxes, left))) std::swap(left, right);
      const Window window = window_around(unite_boxes(box_of(boxes, left), box_of(boxes, right)));
      Tile left_tile = blank_tile(window.columns), right_tile = left_tile, taken = left_tile;
      // The slit between the two is closed, but not where a third mask lies in it.
      for (const std::int64_t mask : {left, right}) {
        for (const std::int64_t* near = neighbours.begin(mask); near != neighbours.end(mask); ++near) {
          if (*near == left || *near == right) continue;
          masks.load(*near, worker.runs);
          draw_mask(worker.runs, window, taken);
        }
      }
      masks.load(left, worker.runs);
      masks.load(right, worker.other_runs);
      draw_mask(worker.runs, window, left_tile);
      draw_mask(worker.other_runs, window, right_tile);
      const Tile whole = unite_tiles(left_tile, right_tile, taken);
      const Spans spans(whole);
      shapes.measure(item, whole, spans, window);
      const Seam seam = measure_seam(whole, spans, shapes.misfit[item], left_tile, right_tile);
      seams.set(item, seam, static_cast<float>(window.scale));
      area[item] = count_cells(whole) * window.scale * window.scale;
      // Hulls come from whole runs: a tile of a large mask is too coarse for them.
      list_column_extents(worker.runs, worker.other_runs, worker.columns);
      hull[item] = worker.hull.measure(worker.columns);
    });
    shapes.move_to(table);
    seams.move_to(table, "seam");
    table.add("area_px", std::move(area));
    table.add("hull_px", std::move(hull));
  });
}

// One row a chosen mask: the columns of the seam where it was cut, and whether a slit was left out. Its seed
// decides both.
MASKAUDIT_API Table* maskaudit_cut_features(const std::int64_t* start, const std::int32_t* x, const std::int32_t* y0,
                                            const std::int32_t* y1, const std::int64_t* boxes,
                                            const std::int64_t* chosen, const std::uint64_t* seeds,
                                            std::int64_t n_chosen, std::int64_t n_threads) {
  return guarded([&](Table& table) {
    const RunColumns masks{x, y0, y1, start};
    const auto items = static_cast<std::size_t>(n_chosen);
    SeamColumns seams(items);
    std::vector<std::uint8_t> has_slit(items);
    measure_items(n_chosen, n_threads, [&](Worker& worker, std::size_t item) {
      const Window window = window_around(box_of(boxes, chosen[item]));
      Tile tile = blank_tile(window.columns);
      masks.load(chosen[item], worker.runs);
      draw_mask(worker.runs, window, tile);
      const Spans spans(tile);
      const Moments moments = Moments::of(spans.sum());
      const Tile part = cut_randomly(tile, moments, seeds[item]);
      Tile rest = subtract_tiles(tile, part);
      has_slit[item] = leaves_slit(seeds[item]);
      if (has_slit[item]) rest = subtract_tiles(rest, dilate_tile(part));
      const Seam seam = measure_seam(tile, spans, spans.misfit(moments), part, rest);
      seams.set(item, seam, static_cast<float>(window.scale));
    });
    seams.move_to(table, "seam");
    table.add("slit", std::move(has_slit));
  });
}
