// Growing and shrinking masks by a square, rims, holes and largest parts.
#include "components.h"
#include "mask_columns.h"
#include "square_morphology.h"

namespace {

using maskaudit::RunList;
using maskaudit::RunColumns;
using std::int32_t;
using std::int64_t;

// Values of audit.geometry.morphology.
enum Operation : int64_t { op_erode = 0, op_open = 1, op_close = 2, op_rim = 3 };

}  // namespace

namespace maskaudit {
namespace {

// Whether the mask has exactly one run in every column from its first to its last.
bool has_one_run_a_column(const RunList& mask) {
  if (mask.empty() || static_cast<std::size_t>(mask.back().x - mask.front().x) + 1 != mask.size()) return false;
  for (std::size_t k = 1; k < mask.size(); ++k)
    if (mask[k].x == mask[k - 1].x) return false;
  return true;
}

// Joins every value with the one `step` later, several at a time; the two lists do not overlap.
void take_lower(const int32_t* top, const int32_t* bottom, std::size_t step, std::size_t n, int32_t* new_top,
                int32_t* new_bottom) {
  for (std::size_t k = 0; k < n; ++k) new_top[k] = std::max(top[k], top[k + step]);
  for (std::size_t k = 0; k < n; ++k) new_bottom[k] = std::min(bottom[k], bottom[k + step]);
}

// Erosion of such a mask: rows that all columns of a window have are those from the lowest top to the highest bottom.
void erode_columns(RunList& mask, int radius) {
  const std::size_t wanted = 2 * static_cast<std::size_t>(radius) + 1;
  if (mask.size() < wanted) return mask.clear();
  thread_local std::vector<int32_t> top, bottom, new_top, new_bottom;
  for (auto* rows : {&top, &bottom, &new_top, &new_bottom}) rows->resize(mask.size());
  for (std::size_t k = 0; k < mask.size(); ++k) top[k] = mask[k].y0, bottom[k] = mask[k].y1;
  std::size_t n = mask.size();
  for (std::size_t width = 1; width < wanted;) {
    const std::size_t step = std::min(width, wanted - width);
    n -= step;
    take_lower(top.data(), bottom.data(), step, n, new_top.data(), new_bottom.data());
    top.swap(new_top);
    bottom.swap(new_bottom);
    width += step;
  }
  const int32_t first = mask[0].x + radius;
  std::size_t kept = 0;
  for (std::size_t k = 0; k < n; ++k)
    if (bottom[k] - radius > top[k] + radius)
      mask[kept++] = {first + static_cast<int32_t>(k), top[k] + radius, bottom[k] - radius};
  mask.resize(kept);
}

}  // namespace

void erode(RunList& mask, int radius, RunList& scratch) {
  if (has_one_run_a_column(mask)) return erode_columns(mask, radius);
  std::size_t kept = 0;
  for (const Run& run : mask)
    if (run.y1 - radius > run.y0 + radius) mask[kept++] = {run.x, run.y0 + radius, run.y1 - radius};
  mask.resize(kept);
  // Columns x ... x + width - 1 are joined; the width doubles until it is that of the square.
  for (int width = 1, wanted = 2 * radius + 1; width < wanted;) {
    const int step = std::min(width, wanted - width);
    intersect(mask, mask, step, scratch);
    mask.swap(scratch);
    width += step;
  }
  for (Run& run : mask) run.x += radius;
}

void dilate(RunList& mask, int radius, RunList& scratch) {
  std::size_t kept = 0;
  for (const Run& run : mask) {
    const Run taller{run.x, run.y0 - radius, run.y1 + radius};
    if (kept && mask[kept - 1].x == taller.x && taller.y0 <= mask[kept - 1].y1)
      mask[kept - 1].y1 = taller.y1;
    else
      mask[kept++] = taller;
  }
  mask.resize(kept);
  for (int width = 1, wanted = 2 * radius + 1; width < wanted;) {
    const int step = std::min(width, wanted - width);
    unite(mask, mask, step, scratch);
    mask.swap(scratch);
    width += step;
  }
  for (Run& run : mask) run.x -= radius;
}

void clip(RunList& mask, int height, int width) {
  std::size_t kept = 0;
  for (Run run : mask) {
    run.y0 = std::max(run.y0, 0);
    run.y1 = std::min(run.y1, height);
    if (run.x >= 0 && run.x < width && run.y0 < run.y1) mask[kept++] = run;
  }
  mask.resize(kept);
}

}  // namespace maskaudit

// Masks: each shrunk, opened or closed by the square of its radius; closing sees background beyond the image. The rim
// is what erosion takes away.
MASKAUDIT_API maskaudit::Table* maskaudit_apply_morphology(
    const int64_t* start, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_masks,
    const int64_t* radius, int64_t operation, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns masks{x, y0, y1, start};
    maskaudit::add_masks(table, n_masks, n_threads, [&](int64_t number, RunList& result) {
      thread_local RunList scratch, whole;
      const int reach = static_cast<int>(radius[number]);
      masks.load(number, result);
      if (operation == op_rim) whole = result;
      if (operation == op_erode || operation == op_open || operation == op_rim)
        maskaudit::erode(result, reach, scratch);
      if (operation == op_open || operation == op_close) maskaudit::dilate(result, reach, scratch);
      if (operation == op_close) maskaudit::erode(result, reach, scratch);
      if (operation == op_rim) {
        maskaudit::subtract(whole, result, scratch);
        result.swap(scratch);
      }
    });
  });
}

// Masks: each with the background that it encloses (4-connected) filled.
MASKAUDIT_API maskaudit::Table* maskaudit_fill_holes(
    const int64_t* start, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_masks,
    int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns masks{x, y0, y1, start};
    maskaudit::add_masks(table, n_masks, n_threads, [&](int64_t number, RunList& result) {
      thread_local RunList mask, holes;
      thread_local maskaudit::HoleFinder finder;
      masks.load(number, mask);
      holes.clear();
      finder.find(mask, holes);
      maskaudit::unite(mask, holes, 0, result);
    });
  });
}

// Masks: of each its largest 8-connected part; of equal ones the first.
MASKAUDIT_API maskaudit::Table* maskaudit_keep_largest_component(
    const int64_t* start, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_masks,
    int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns masks{x, y0, y1, start};
    maskaudit::add_masks(table, n_masks, n_threads, [&](int64_t number, RunList& result) {
      thread_local maskaudit::ComponentLabeler labeler;
      thread_local maskaudit::PartCounter counter;
      masks.load(number, result);
      if (result.empty()) return;
      labeler.label(result, maskaudit::Corners::connect);
      const std::vector<int64_t>& pixels = counter.count(result, labeler);
      const auto largest = static_cast<std::size_t>(std::max_element(pixels.begin(), pixels.end()) - pixels.begin());
      std::size_t kept = 0;
      for (std::size_t k = 0; k < result.size(); ++k)
        if (labeler.leader(k) == largest) result[kept++] = result[k];
      result.resize(kept);
    });
  });
}
