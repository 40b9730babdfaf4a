#include "mask_columns.h"

namespace maskaudit {

void unite_strips(RunList& strips) {
  std::sort(strips.begin(), strips.end(), comes_before);
  RunList united;
  united.reserve(strips.size());
  for (const Run& strip : strips) {
    if (strip.y0 < strip.y1) append_joined(united, strip);
  }
  strips.swap(united);
}

std::size_t find_column(RunSpan runs, std::int32_t x) {
  if (runs.empty() || x <= runs.front().x) return 0;
  // Most masks have one run in every column: counting columns finds it.
  const std::size_t guess = static_cast<std::size_t>(x - runs.front().x);
  if (guess < runs.size() && runs[guess].x == x && runs[guess - 1].x < x) return guess;
  const Run* found =
      std::lower_bound(runs.begin(), runs.end(), x, [](const Run& run, std::int32_t column) { return run.x < column; });
  return static_cast<std::size_t>(found - runs.begin());
}

std::int64_t count_shared_pixels(RunSpan a, RunSpan b) {
  std::int64_t pixels = 0;
  visit_shared_strips(a, b, [&](const Run& shared) { pixels += shared.y1 - shared.y0; });
  return pixels;
}

void intersect(RunSpan a, RunSpan b, std::int32_t shift, RunList& common) {
  common.clear();
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const int x = b[j].x - shift;
    if (a[i].x != x) {
      a[i].x < x ? ++i : ++j;
      continue;
    }
    const int top = std::max(a[i].y0, b[j].y0), bottom = std::min(a[i].y1, b[j].y1);
    if (top < bottom) common.push_back({x, top, bottom});
    a[i].y1 < b[j].y1 ? ++i : ++j;
  }
}

void unite(RunSpan a, RunSpan b, std::int32_t shift, RunList& united) {
  united.clear();
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    Run next;
    if (j == b.size()) {
      next = a[i++];
    } else {
      next = b[j];
      next.x += shift;
      if (i < a.size() && !comes_before(next, a[i]))
        next = a[i++];
      else
        ++j;
    }
    append_joined(united, next);
  }
}

void subtract(RunSpan a, RunSpan b, RunList& rest) {
  rest.clear();
  std::size_t j = 0;
  for (Run run : a) {
    while (j < b.size() && (b[j].x < run.x || (b[j].x == run.x && b[j].y1 <= run.y0))) ++j;
    // Runs of b that reach beyond this run are looked at again for the next one.
    for (std::size_t k = j; k < b.size() && b[k].x == run.x && b[k].y0 < run.y1; ++k) {
      if (b[k].y0 > run.y0) rest.push_back({run.x, run.y0, b[k].y0});
      run.y0 = std::max(run.y0, b[k].y1);
    }
    if (run.y0 < run.y1) rest.push_back(run);
  }
}

}  // namespace maskaudit

using maskaudit::RunColumns;
using maskaudit::RunList;
using maskaudit::MaskColumns;
using maskaudit::RunTable;

// Columns: mask, x, y0, y1. Strips may lie in any order, overlap, or be empty.
MASKAUDIT_API maskaudit::Table* maskaudit_unite_strips(
    const int32_t* mask, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_strips, int64_t n_masks) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    // Counting brings the strips of a mask together, in their order.
    std::vector<int64_t> start(static_cast<std::size_t>(n_masks) + 1);
    for (int64_t strip = 0; strip < n_strips; ++strip) ++start[static_cast<std::size_t>(mask[strip]) + 1];
    for (std::size_t at = 1; at < start.size(); ++at) start[at] += start[at - 1];
    RunList sorted(static_cast<std::size_t>(n_strips));
    std::vector<int64_t> next(start.begin(), start.end() - 1);
    for (int64_t strip = 0; strip < n_strips; ++strip) {
      const auto place = next[static_cast<std::size_t>(mask[strip])]++;
      sorted[static_cast<std::size_t>(place)] = {x[strip], y0[strip], y1[strip]};
    }
    std::vector<RunTable> united(1);
    RunList runs;
    for (int64_t at = 0; at < n_masks; ++at) {
      const auto begin = sorted.begin() + start[static_cast<std::size_t>(at)];
      runs.assign(begin, sorted.begin() + start[static_cast<std::size_t>(at) + 1]);
      maskaudit::unite_strips(runs);
      united[0].append(at, runs);
    }
    RunTable::add_columns(table, std::move(united));
  });
}

// Columns: pixels, (n_pairs) that masks a of the first set share with masks b of the second.
MASKAUDIT_API maskaudit::Table* maskaudit_count_intersections(
    const int64_t* start_1, const int32_t* x_1, const int32_t* y0_1, const int32_t* y1_1, int64_t n_1,
    const int64_t* start_2, const int32_t* x_2, const int32_t* y0_2, const int32_t* y1_2, int64_t n_2,
    const int64_t* a, const int64_t* b, int64_t n_pairs, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns first{x_1, y0_1, y1_1, start_1}, second{x_2, y0_2, y1_2, start_2};
    std::vector<std::uint8_t> plain_1(static_cast<std::size_t>(n_1)), plain_2(static_cast<std::size_t>(n_2));
    for (int64_t k = 0; k < n_1; ++k) plain_1[static_cast<std::size_t>(k)] = has_one_run_a_column(look_at(first, k));
    for (int64_t k = 0; k < n_2; ++k) plain_2[static_cast<std::size_t>(k)] = has_one_run_a_column(look_at(second, k));
    std::vector<int64_t> pixels(static_cast<std::size_t>(n_pairs));
    constexpr int64_t block = 256;  // pairs handed out together
    maskaudit::for_each_item((n_pairs + block - 1) / block, static_cast<int>(n_threads), [&](int, int64_t item) {
      for (int64_t k = item * block; k < std::min(n_pairs, (item + 1) * block); ++k) {
        const MaskColumns one = look_at(first, a[k]), two = look_at(second, b[k]);
        const bool plain = plain_1[static_cast<std::size_t>(a[k])] && plain_2[static_cast<std::size_t>(b[k])];
        pixels[static_cast<std::size_t>(k)] = plain ? count_common_columns(one, two) : count_common(one, two);
      }
    });
    table.add("pixels", std::move(pixels));
  });
}

// Masks: what masks a of the first set have in common with masks b of the second.
MASKAUDIT_API maskaudit::Table* maskaudit_intersect_masks(
    const int64_t* start_1, const int32_t* x_1, const int32_t* y0_1, const int32_t* y1_1,
    const int64_t* start_2, const int32_t* x_2, const int32_t* y0_2, const int32_t* y1_2,
    const int64_t* a, const int64_t* b, int64_t n_pairs, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns first{x_1, y0_1, y1_1, start_1}, second{x_2, y0_2, y1_2, start_2};
    maskaudit::add_masks(table, n_pairs, n_threads, [&](int64_t pair, RunList& common) {
      thread_local RunList one, two;
      first.load(a[pair], one);
      second.load(b[pair], two);
      maskaudit::intersect(one, two, 0, common);
    });
  });
}

// Masks: what is left of each mask without those that win against it: winner[first[k]] ... of mask k.
MASKAUDIT_API maskaudit::Table* maskaudit_cut_out_masks(
    const int64_t* start, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_masks,
    const int64_t* first, const int64_t* winner, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns masks{x, y0, y1, start};
    maskaudit::add_masks(table, n_masks, n_threads, [&](int64_t number, RunList& rest) {
      thread_local RunList whole, other, pieces;
      masks.load(number, rest);
      if (first[number] == first[number + 1]) return;
      whole.swap(rest);
      pieces.clear();
      // Pieces and not whole winners: what is small on a large mask costs little then.
      for (int64_t at = first[number]; at < first[number + 1]; ++at) {
        masks.load(winner[at], other);
        maskaudit::visit_shared_strips(whole, other, [&](const maskaudit::Run& shared) { pieces.push_back(shared); });
      }
      if (first[number + 1] - first[number] > 1) maskaudit::unite_strips(pieces);
      maskaudit::subtract(whole, pieces, rest);
    });
  });
}
