#include "components.h"

#include <algorithm>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::size_t;

// Returns the position after the last run of the column that begins at `first`.
size_t end_of_column(RunSpan runs, size_t first) {
  size_t end = first + 1;
  while (end < runs.size() && runs[end].x == runs[first].x) ++end;
  return end;
}

}  // namespace

size_t ComponentLabeler::leader(size_t run) {
  while (above_[run] != static_cast<int32_t>(run)) {
    // Halving the way keeps later searches short.
    const auto above = static_cast<size_t>(above_[run]);
    above_[run] = above_[above];
    run = static_cast<size_t>(above_[run]);
  }
  return run;
}

// Joins the parts of a run and of one in the next column. The earlier leader leads, so that a part's number
// follows from its first run.
void ComponentLabeler::join(size_t run, size_t next) {
  const size_t first = leader(run), second = leader(next);
  if (first == second) return;
  above_[std::max(first, second)] = static_cast<int32_t>(std::min(first, second));
  --parts_;
}

// Links the runs [column, next) of one column with the runs [next, next_end) of the next column.
void ComponentLabeler::link_columns(RunSpan runs, size_t column, size_t next, size_t next_end, int32_t least_rows) {
  for (size_t i = column, j = next; i < next && j < next_end;) {
    const int32_t rows = std::min(runs[i].y1, runs[j].y1) - std::max(runs[i].y0, runs[j].y0);
    if (rows >= least_rows) {
      ++links_;
      shared_rows_ += rows;
      join(i, j);
    }
    // The run that ends first cannot reach the other column's next one: a free row lies between.
    const int32_t end_i = runs[i].y1, end_j = runs[j].y1;
    if (end_i <= end_j) ++i;
    if (end_j <= end_i) ++j;
  }
}

// Most masks are one run in every column, each linked with the next: there is nothing to search for.
bool ComponentLabeler::label_chain(RunSpan runs, int32_t least_rows) {
  int64_t shared = 0;
  for (size_t run = 1; run < runs.size(); ++run) {
    const int32_t rows = std::min(runs[run].y1, runs[run - 1].y1) - std::max(runs[run].y0, runs[run - 1].y0);
    if (runs[run].x != runs[run - 1].x + 1 || rows < least_rows) return false;
    shared += rows;
  }
  above_.assign(runs.size(), 0);
  parts_ = 1;
  links_ = static_cast<int64_t>(runs.size()) - 1;
  shared_rows_ = shared;
  return true;
}

void ComponentLabeler::label(RunSpan runs, Corners corners) {
  const int32_t least_rows = corners == Corners::connect ? 0 : 1;
  if (!runs.empty() && label_chain(runs, least_rows)) return;
  above_.resize(runs.size());
  for (size_t run = 0; run < runs.size(); ++run) above_[run] = static_cast<int32_t>(run);
  parts_ = static_cast<int64_t>(runs.size());
  links_ = shared_rows_ = 0;
  size_t column = 0, next = runs.empty() ? 0 : end_of_column(runs, 0);
  while (next < runs.size()) {
    const size_t next_end = end_of_column(runs, next);
    if (runs[next].x == runs[column].x + 1) link_columns(runs, column, next, next_end, least_rows);
    column = next;
    next = next_end;
  }
}

const std::vector<int64_t>& PartCounter::count(RunSpan runs, ComponentLabeler& labeler) {
  pixels_.assign(runs.size(), 0);
  for (size_t run = 0; run < runs.size(); ++run) pixels_[labeler.leader(run)] += runs[run].y1 - runs[run].y0;
  return pixels_;
}

// Lists what a mask leaves free of its box grown by one pixel: its first strip lies outside of the mask.
void HoleFinder::list_background(RunSpan runs) {
  int32_t top = runs.front().y0, bottom = runs.front().y1;
  for (const Run& run : runs) {
    top = std::min(top, run.y0);
    bottom = std::max(bottom, run.y1);
  }
  background_.clear();
  const Run* run = runs.begin();
  for (int32_t x = runs.front().x - 1; x <= runs.back().x + 1; ++x) {
    int32_t free_from = top - 1;
    for (; run != runs.end() && run->x == x; ++run) {
      background_.push_back({x, free_from, run->y0});
      free_from = run->y1;
    }
    background_.push_back({x, free_from, bottom + 1});
  }
}

PartSizes HoleFinder::find(RunSpan runs, RunList& holes) {
  PartSizes sizes;
  if (runs.empty()) return sizes;
  list_background(runs);
  labeler_.label(background_, Corners::separate);
  if (labeler_.parts() == 1) return sizes;
  const std::vector<int64_t>& pixels = counter_.count(background_, labeler_);
  for (size_t strip = 0; strip < background_.size(); ++strip) {
    const size_t leader = labeler_.leader(strip);
    if (leader == 0) continue;
    holes.push_back(background_[strip]);
    if (leader == strip) sizes.add(pixels[strip]);
  }
  return sizes;
}

}  // namespace maskaudit

using maskaudit::ComponentLabeler;
using maskaudit::Corners;
using maskaudit::RunColumns;
using maskaudit::RunList;

// Columns: part, (runs) the part of each run, numbered through all masks; size, (parts) pixels; owner, (parts)
// the mask of each.
MASKAUDIT_API maskaudit::Table* maskaudit_label_components(
    const int64_t* start, const int32_t* x, const int32_t* y0, const int32_t* y1, int64_t n_masks, int64_t corners) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns masks{x, y0, y1, start};
    std::vector<int64_t> part, size, owner, part_of_leader;
    ComponentLabeler labeler;
    RunList runs;
    for (int64_t mask = 0; mask < n_masks; ++mask) {
      masks.load(mask, runs);
      labeler.label(runs, corners ? Corners::connect : Corners::separate);
      part_of_leader.resize(runs.size());
      for (std::size_t run = 0; run < runs.size(); ++run) {
        const std::size_t leader = labeler.leader(run);
        if (leader == run) {
          part_of_leader[run] = static_cast<int64_t>(size.size());
          size.push_back(0);
          owner.push_back(mask);
        }
        part.push_back(part_of_leader[leader]);
        size[static_cast<std::size_t>(part.back())] += runs[run].y1 - runs[run].y0;
      }
    }
    table.add("part", std::move(part));
    table.add("size", std::move(size));
    table.add("owner", std::move(owner));
  });
}
