// Measures masks image by image: what one image needs stays in the processor's cache from the first ring to the
// last pair.
#include "mask_pairs.h"
#include "raster.h"
#include "threads.h"

namespace maskaudit {
namespace {

using std::int64_t;
using std::size_t;

constexpr int64_t masks_a_portion = 256;

// Masks [begin, end) of one image.
struct ImageRange {
  int64_t begin, end;
};

// Cuts masks that are sorted by image into portions for threads: whole images, of some hundred masks or one image
// each.
std::vector<std::vector<ImageRange>> split_images(const int64_t* image, int64_t n_masks) {
  std::vector<std::vector<ImageRange>> portions;
  int64_t masks_in_portion = masks_a_portion;
  for (int64_t begin = 0, end = 0; begin < n_masks; begin = end) {
    while (end < n_masks && image[end] == image[begin]) ++end;
    if (masks_in_portion >= masks_a_portion) {
      portions.emplace_back();
      masks_in_portion = 0;
    }
    portions.back().push_back({begin, end});
    masks_in_portion += end - begin;
  }
  return portions;
}

// What a thread keeps from image to image.
struct Worker {
  Rasterizer rasterizer;
  ShapeMeasurer shape_measurer;
  PairMeasurer pair_measurer;
  ImageMasks image;
  RunList runs, holes;
};

// What was measured of a portion of images.
struct Portion {
  RunTable runs;
  std::vector<MaskPair> pairs;
};

// Draw is called as draw(worker, mask, runs).
template <class Draw>
void measure_images(Table& table, const int64_t* image, int64_t n_masks, int n_threads, bool keep_runs, Draw&& draw) {
  const std::vector<std::vector<ImageRange>> portions = split_images(image, n_masks);
  std::vector<Worker> workers(static_cast<size_t>(n_threads));
  std::vector<Portion> measured(portions.size());
  std::vector<MaskShape> shapes(static_cast<size_t>(n_masks));
  std::vector<LeftOut> left_out(static_cast<size_t>(n_masks), LeftOut::nothing);
  for_each_item(static_cast<int64_t>(portions.size()), n_threads, [&](int thread, int64_t number) {
    Worker& worker = workers[static_cast<size_t>(thread)];
    Portion& portion = measured[static_cast<size_t>(number)];
    for (const ImageRange& range : portions[static_cast<size_t>(number)]) {
      worker.image.clear();
      for (int64_t mask = range.begin; mask < range.end; ++mask) {
        draw(worker, mask, worker.runs);
        worker.holes.clear();
        MaskShape& shape = shapes[static_cast<size_t>(mask)];
        shape = worker.shape_measurer.measure(worker.runs, worker.holes);
        worker.image.masks.append(worker.runs);
        worker.image.holes.append(worker.holes);
        worker.image.boxes.push_back(shape.box);
        worker.image.hashes.push_back(shape.hash);
        if (keep_runs) portion.runs.append(mask, worker.runs);
      }
      worker.pair_measurer.measure(worker.image, range.begin, portion.pairs, left_out.data() + range.begin);
    }
  });
  std::vector<RunTable> runs;
  std::vector<std::vector<MaskPair>> pairs;
  for (Portion& portion : measured) {
    runs.push_back(std::move(portion.runs));
    pairs.push_back(std::move(portion.pairs));
  }
  if (keep_runs) RunTable::add_columns(table, std::move(runs), "run_");
  add_pair_columns(table, std::move(pairs));
  add_shape_columns(table, shapes);
  std::vector<std::uint8_t> codes;
  for (const LeftOut code : left_out) codes.push_back(static_cast<std::uint8_t>(code));
  table.add("pairs_left_out", std::move(codes));
}

}  // namespace

}  // namespace maskaudit

using maskaudit::RunList;
using maskaudit::Worker;

// Columns: run_mask, run_x, run_y0, run_y1 of all masks, which are sorted by image; those of add_shape_columns and
// add_pair_columns; pairs_left_out of each mask.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_drawn(
    const double* xy, const int64_t* vertex_start, const int64_t* ring_start, const uint32_t* counts,
    const int64_t* count_start, const int64_t* height, const int64_t* width, const int64_t* image, int64_t n_masks,
    int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::Segmentations drawn{xy, vertex_start, ring_start, counts, count_start, height, width};
    const auto draw = [&](Worker& worker, int64_t mask, RunList& runs) {
      worker.rasterizer.draw_mask(drawn, mask, runs);
    };
    maskaudit::measure_images(table, image, n_masks, static_cast<int>(n_threads), true, draw);
  });
}

// Columns: the same without the runs, of masks that are runs already.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_runs(const int64_t* start, const int32_t* x, const int32_t* y0,
                                                       const int32_t* y1, const int64_t* image, int64_t n_masks,
                                                       int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::RunColumns masks{x, y0, y1, start};
    const auto draw = [&](Worker&, int64_t mask, RunList& runs) { masks.load(mask, runs); };
    maskaudit::measure_images(table, image, n_masks, static_cast<int>(n_threads), false, draw);
  });
}
