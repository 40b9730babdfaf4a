// The connected parts of a mask, and the holes that it encloses.
#pragma once

#include "runs.h"

namespace maskaudit {

// Whether runs that touch at a corner only are connected (8-connected pixels) or not (4-connected).
enum class Corners { connect, separate };

// Joins the runs of one mask into connected parts. Keeps scratch memory, so one is needed for each thread.
class ComponentLabeler {
 public:
  // Finds the parts of a mask; what the functions below say is about this mask.
  void label(RunSpan runs, Corners corners);

  std::int64_t parts() const { return parts_; }
  // Pairs of runs in neighbouring columns that are connected, and the rows that these share in all.
  std::int64_t links() const { return links_; }
  std::int64_t shared_rows() const { return shared_rows_; }
  // The first run of the part that a run belongs to.
  std::size_t leader(std::size_t run);

 private:
  bool label_chain(RunSpan runs, std::int32_t least_rows);
  void link_columns(RunSpan runs, std::size_t column, std::size_t next, std::size_t next_end, std::int32_t least_rows);
  void join(std::size_t run, std::size_t next);

  std::vector<std::int32_t> above_;  // a run of the same part that comes earlier; a leader's is itself
  std::int64_t parts_ = 0, links_ = 0, shared_rows_ = 0;
};

// Pixels of parts.
struct PartSizes {
  std::int64_t number = 0, total = 0, largest = 0, smallest = 0;

  void add(std::int64_t pixels) {
    smallest = number == 0 || pixels < smallest ? pixels : smallest;
    largest = pixels > largest ? pixels : largest;
    total += pixels;
    ++number;
  }
};

// Counts pixels part by part. Keeps scratch memory.
class PartCounter {
 public:
  // Returns the pixels of each part, in the place of its leader; 0 elsewhere.
  const std::vector<std::int64_t>& count(RunSpan runs, ComponentLabeler& labeler);

 private:
  std::vector<std::int64_t> pixels_;
};

// Finds holes: 4-connected background that a mask encloses.
class HoleFinder {
 public:
  // Appends the pixels of all holes to `holes`, in order; returns their sizes.
  PartSizes find(RunSpan runs, RunList& holes);

 private:
  void list_background(RunSpan runs);

  RunList background_;
  ComponentLabeler labeler_;
  PartCounter counter_;
};

}  // namespace maskaudit
