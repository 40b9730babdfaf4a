// Masks as runs, the form in which everything is measured (audit/geometry/runs.py says more).
//
// A run is a vertical strip of one pixel column. The runs of one mask are sorted by column and row; within a
// column they neither overlap nor touch, so that a mask has exactly one form.
#pragma once

#include "table.h"

#include <cstdint>
#include <vector>

namespace maskaudit {

struct Run {
  std::int32_t x;   // column
  std::int32_t y0;  // first row
  std::int32_t y1;  // row after the last
};

using RunList = std::vector<Run>;

// The runs of one mask, wherever they lie.
class RunSpan {
 public:
  RunSpan() = default;
  RunSpan(const Run* first, std::size_t count) : first_(first), count_(count) {}
  RunSpan(const RunList& runs) : first_(runs.data()), count_(runs.size()) {}  // NOLINT: a list is a span

  const Run* begin() const { return first_; }
  const Run* end() const { return first_ + count_; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  const Run& operator[](std::size_t at) const { return first_[at]; }
  const Run& front() const { return first_[0]; }
  const Run& back() const { return first_[count_ - 1]; }

 private:
  const Run* first_ = nullptr;
  std::size_t count_ = 0;
};

// The runs of many masks in one list.
class MaskList {
 public:
  void clear() {
    runs_.clear();
    start_.assign(1, 0);
  }
  void append(RunSpan mask) {
    runs_.insert(runs_.end(), mask.begin(), mask.end());
    start_.push_back(runs_.size());
  }
  RunSpan operator[](std::size_t mask) const {
    return {runs_.data() + start_[mask], start_[mask + 1] - start_[mask]};
  }
  std::size_t count() const { return start_.size() - 1; }
  const RunList& runs() const { return runs_; }

 private:
  RunList runs_;
  std::vector<std::size_t> start_{0};
};

// The runs of many masks as Python holds them: one array a coordinate.
struct RunColumns {
  const std::int32_t* x;
  const std::int32_t* y0;
  const std::int32_t* y1;
  const std::int64_t* start;  // (masks + 1) where the runs of each mask begin

  // Copies the runs of one mask: kernels read them many times, side by side.
  void load(std::int64_t mask, RunList& runs) const {
    const std::int64_t first = start[mask];
    runs.resize(static_cast<std::size_t>(start[mask + 1] - first));
    for (std::size_t at = 0; at < runs.size(); ++at) {
      const std::size_t from = static_cast<std::size_t>(first) + at;
      runs[at] = {x[from], y0[from], y1[from]};
    }
  }
};

// Runs on their way to Python.
class RunTable {
 public:
  void append(std::int64_t mask, RunSpan runs) {
    const std::size_t first = mask_.size(), size = first + runs.size();
    mask_.resize(size, static_cast<std::int32_t>(mask));
    x_.resize(size);
    y0_.resize(size);
    y1_.resize(size);
    for (std::size_t at = 0; at < runs.size(); ++at) {
      x_[first + at] = runs[at].x;
      y0_[first + at] = runs[at].y0;
      y1_[first + at] = runs[at].y1;
    }
  }

  // Adds the columns mask, x, y0, y1 of tables that follow each other.
  static void add_columns(Table& table, std::vector<RunTable>&& parts, const std::string& prefix = "") {
    table.add(prefix + "mask", join(parts, &RunTable::mask_));
    table.add(prefix + "x", join(parts, &RunTable::x_));
    table.add(prefix + "y0", join(parts, &RunTable::y0_));
    table.add(prefix + "y1", join(parts, &RunTable::y1_));
  }

 private:
  using Column = std::vector<std::int32_t>;

  static Column join(std::vector<RunTable>& parts, Column RunTable::*column) {
    if (parts.size() == 1) return std::move(parts[0].*column);
    std::size_t size = 0;
    for (const RunTable& part : parts) size += (part.*column).size();
    Column all;
    all.reserve(size);
    for (RunTable& part : parts) {
      all.insert(all.end(), (part.*column).begin(), (part.*column).end());
      Column().swap(part.*column);
    }
    return all;
  }

  Column mask_, x_, y0_, y1_;
};

}  // namespace maskaudit
