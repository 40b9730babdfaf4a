// How a detection chooses its label: COCO's matching.
#pragma once

#include <cstdint>

namespace maskaudit {

// Candidate pairs, those of one detection side by side, in ascending order of preference.
struct MatchCandidates {
  const std::int64_t* start;  // (detections + 1)
  const std::int64_t* label;
  const double* iou;
};

// Returns the best free label that reaches the threshold, one that is ignored only where there is no other, or -1.
template <class IsTaken>
std::int64_t choose_label(const MatchCandidates& candidates, std::int64_t detection, double threshold,
                          const std::uint8_t* is_ignored, IsTaken&& is_taken) {
  std::int64_t chosen = -1;
  const std::int64_t first = candidates.start[detection];
  for (std::int64_t k = candidates.start[detection + 1] - 1; k >= first && candidates.iou[k] >= threshold; --k) {
    const std::int64_t label = candidates.label[k];
    if (is_taken(label)) continue;
    if (chosen < 0) chosen = label;
    if (!is_ignored[label]) return label;
  }
  return chosen;
}

}  // namespace maskaudit
