// Things in a picture that look like the labelled objects and are not labelled (audit/geometry/unlabelled.py).
#include "cell_grid.h"
#include "colour_contrast.h"
#include "gaussian.h"
#include "runs.h"
#include "wide.h"

#include <array>
#include <cmath>
#include <limits>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;
using std::size_t;
using std::uint8_t;

constexpr double contrast_share = 0.75;  // of the dimmer objects' contrast, that a candidate must have
constexpr double least_size = 0.2, most_size = 4.0;  // areas by the median object's, beyond which nothing is measured
constexpr double dimmer_share = 0.2;                 // the dimmer fifth of the objects
constexpr size_t least_labels = 5;
constexpr double least_contrast = 8.0;            // grey levels of 256
constexpr double least_contrast_by_noise = 3.0;   // robust standard deviations of the background
constexpr double deviation_by_median = 1.4826;    // of a normal distribution
constexpr double least_labelled_foreground = 0.5;   // share of the labelled cells above the threshold
constexpr double most_background_foreground = 2.0;  // cells above it far from labels, by the labelled ones
constexpr int64_t least_background = 50;            // cells
constexpr int far_cells = 3, clear_cells = 2;       // more than that from any label: background; candidates
constexpr double outline_level = 0.5;  // of the way from the surroundings to the candidate: where an edge is seen
constexpr int64_t outline_reach = 4;   // cells around a candidate's box that its outline may reach
constexpr int64_t ring_reach = 3;      // cells around a candidate that it is compared with
constexpr size_t least_ring = 5;

struct Candidate {
  int32_t part;  // the connected part that it is
  int64_t x0, y0, x1, y1, area;  // cells
  double inside, around;         // contrast
  bool has_ring;
};

// Looks at numbers from a level on, and marks those that lie above a limit then.
MASKAUDIT_WIDE void mark_bright(double* numbers, int64_t n, double level, double limit, uint8_t* is_bright) {
  for (int64_t k = 0; k < n; ++k) numbers[k] -= level;
  for (int64_t k = 0; k < n; ++k) is_bright[k] = numbers[k] > limit;
}

class Finder {
 public:
  Finder(int64_t height, int64_t width, int64_t channels, int64_t step)
      : size_{(height + step - 1) / step, (width + step - 1) / step}, channels_(channels), step_(step) {}

  // Paints the masks on every step-th row and column. A cell belongs to the last mask that covers it, so the last is
  // painted first.
  void paint_labels(const RunColumns& masks, int64_t n_masks) {
    is_labelled_.assign(size_.cells(), 0);
    covered_start_.assign(static_cast<size_t>(n_masks + 1), 0);
    RunList mask;
    for (int64_t number = n_masks; number-- > 0;) {
      covered_start_[static_cast<size_t>(number + 1)] = covered_.size();
      masks.load(number, mask);
      for (const Run& run : mask) {
        if (run.x % step_) continue;
        for (int64_t y = (run.y0 + step_ - 1) / step_; y * step_ < run.y1; ++y) {
          const auto cell = static_cast<size_t>(y * size_.width + run.x / step_);
          if (!is_labelled_[cell]) covered_.push_back(static_cast<int32_t>(cell));
          is_labelled_[cell] = 1;
        }
      }
    }
    covered_start_[0] = covered_.size();
    distance_ = measure_distances(is_labelled_, size_, std::max(far_cells, clear_cells));
  }

  // Finds what stands out as the labelled objects do; false where they do not stand out themselves.
  bool find_foreground(const uint8_t* picture, int64_t picture_width, const uint8_t* is_object, size_t n_masks) {
    Flags is_background(size_.cells());
    mark_above(distance_, far_cells, is_background);
    if (count_marked(is_background) < least_background || covered_.empty()) return false;
    take_cells(picture, picture_width);
    find_colours(is_background);
    if (!measure_contrast(is_object, n_masks)) return false;
    smooth();
    const auto labelled = static_cast<double>(covered_.size());
    const auto n_behind = static_cast<double>(count_common(is_foreground_, is_background));
    const auto n_on_labels = static_cast<double>(count_common(is_foreground_, is_labelled_));
    Flags& is_clear = is_background;
    mark_above(distance_, clear_cells, is_clear);
    keep_common(is_foreground_, is_clear);
    return n_behind / labelled <= most_background_foreground && n_on_labels / labelled >= least_labelled_foreground;
  }

  // Measures the connected parts of the foreground that have a size as objects have, from top to bottom.
  std::vector<Candidate> measure_candidates(double median_area) {
    const std::vector<GridPart> all_parts = label_parts(is_foreground_, size_, parts_);
    std::vector<Candidate> candidates;
    for (size_t number = 1; number < all_parts.size(); ++number) {
      const GridPart& part = all_parts[number];
      const auto area = static_cast<double>(part.area * step_ * step_);
      if (area < least_size * median_area || area > most_size * median_area) continue;
      candidates.push_back({static_cast<int32_t>(number), part.x0, part.y0, part.x1, part.y1, part.area, 0, 0, false});
    }
    if (candidates.empty()) return candidates;
    const std::vector<int32_t> ring = draw_rings(candidates);
    std::vector<double> contrasts;
    for (size_t k = 0; k < candidates.size(); ++k) {
      Candidate& candidate = candidates[k];
      contrasts.clear();
      visit_box(candidate, 0, [&](int64_t x, int64_t y) {
        if (parts_[at(x, y)] == candidate.part) contrasts.push_back(contrast_at(at(x, y)));
      });
      candidate.inside = find_median(contrasts);
      contrasts.clear();
      visit_box(candidate, ring_reach, [&](int64_t x, int64_t y) {
        if (ring[at(x, y)] == static_cast<int32_t>(k + 1) && !is_labelled_[at(x, y)] && !is_beside_part(x, y))
          contrasts.push_back(contrast_at(at(x, y)));
      });
      candidate.has_ring = contrasts.size() >= least_ring;
      if (candidate.has_ring) candidate.around = find_median(contrasts);
    }
    return candidates;
  }

  // What of the window around a candidate lies above the contrast of its edge, hangs together with it and is not
  // labelled: the cells, row by row.
  Flags draw_outline(const Candidate& candidate, int64_t& x0, int64_t& y0, GridSize& window) const {
    const double edge = candidate.has_ring
                            ? candidate.around + outline_level * (candidate.inside - candidate.around)
                            : outline_level * candidate.inside;
    x0 = std::max<int64_t>(candidate.x0 - outline_reach, 0);
    y0 = std::max<int64_t>(candidate.y0 - outline_reach, 0);
    window = {std::min(candidate.y1 + outline_reach, size_.height) - y0,
              std::min(candidate.x1 + outline_reach, size_.width) - x0};
    Flags is_candidate(window.cells()), whole(window.cells()), is_label(window.cells());
    size_t k = 0;
    for (int64_t y = y0; y < y0 + window.height; ++y)
      for (int64_t x = x0; x < x0 + window.width; ++x, ++k) {
        const size_t cell = at(x, y);
        is_candidate[k] = parts_[cell] == candidate.part;
        is_label[k] = is_labelled_[cell];
        whole[k] = (is_candidate[k] || smooth_[cell] / dimmer_ > edge) && !is_label[k];
      }
    keep_seeded(whole, is_candidate, window);
    fill_enclosed(whole, window);
    for (k = 0; k < whole.size(); ++k) whole[k] &= !is_label[k];
    open_by_cross(whole, window);  // a bridge one cell wide leads to something else
    for (k = 0; k < whole.size(); ++k) whole[k] |= is_candidate[k];
    keep_seeded(whole, is_candidate, window);
    return whole;
  }

 private:
  size_t at(int64_t x, int64_t y) const { return static_cast<size_t>(y * size_.width + x); }

  // Calls visit(x, y) with the cells of a candidate's box and those so near to it.
  template <class Visit>
  void visit_box(const Candidate& candidate, int64_t near, Visit&& visit) const {
    const int64_t right = std::min(candidate.x1 + near, size_.width), below = std::min(candidate.y1 + near, size_.height);
    for (int64_t y = std::max<int64_t>(candidate.y0 - near, 0); y < below; ++y)
      for (int64_t x = std::max<int64_t>(candidate.x0 - near, 0); x < right; ++x) visit(x, y);
  }

  // Takes every step-th row and column of the picture; where that is all of it, it stays where it is.
  void take_cells(const uint8_t* picture, int64_t picture_width) {
    values_ = picture;
    if (step_ == 1) return;
    taken_.resize(size_.cells() * static_cast<size_t>(channels_));
    uint8_t* value = taken_.data();
    for (int64_t y = 0; y < size_.height; ++y)
      for (int64_t x = 0; x < size_.width; ++x)
        for (int64_t c = 0; c < channels_; ++c)
          *value++ = picture[(y * step_ * picture_width + x * step_) * channels_ + c];
    values_ = taken_.data();
  }

  // Finds the colour in which objects and background differ most, and how bright both are along it. Of one channel
  // there are 256 brightnesses at most, which are counted; of several one a cell.
  void find_colours(const Flags& is_background) {
    if (channels_ == 1) {
      background_.counts = count_greys(values_, is_background);
      std::vector<int64_t> object_counts(background_.counts.size());
      for (const int32_t cell : covered_) ++object_counts[values_[cell]];
      direction_ = {find_grey_direction(object_counts, background_.counts)};
      for (size_t grey = 0; grey < object_counts.size(); ++grey)
        background_.values.push_back(0.0 + static_cast<double>(grey) * direction_[0]);
      grey_brightness_ = background_.values;
      return;
    }
    direction_ = find_direction({values_, channels_, is_labelled_, is_background});
    brightness_.resize(size_.cells());
    project_colours(values_, static_cast<int64_t>(size_.cells()), direction_.data(), brightness_.data());
    for (size_t cell = 0; cell < size_.cells(); ++cell)
      if (is_background[cell]) background_.values.push_back(brightness_[cell]);
  }

  double brightness_at(size_t cell) const { return channels_ == 1 ? grey_brightness_[values_[cell]] : brightness_[cell]; }

  double contrast_at(size_t cell) const { return (brightness_at(cell) - level_) / dimmer_; }

  // Measures how far the dimmer labelled objects stand out of the background; false where that is too little.
  bool measure_contrast(const uint8_t* is_object, size_t n_masks) {
    std::vector<double> contrasts, brightnesses;
    level_ = background_.find_median();
    for (size_t mask = 0; mask < n_masks; ++mask) {
      const size_t first = covered_start_[mask + 1], end = covered_start_[mask];
      if (!is_object[mask] || first == end) continue;
      brightnesses.clear();
      for (size_t k = first; k < end; ++k) brightnesses.push_back(brightness_at(static_cast<size_t>(covered_[k])));
      contrasts.push_back(find_median(brightnesses) - level_);
    }
    if (contrasts.size() < least_labels) return false;
    dimmer_ = find_quantile(contrasts, dimmer_share);
    for (double& value : background_.values) value = std::abs(value - level_);
    const double noise = deviation_by_median * background_.find_median();
    return dimmer_ >= std::max(least_contrast, least_contrast_by_noise * noise);
  }

  // Smooths the picture, and marks as foreground for now all that is bright.
  void smooth() {
    smooth_.resize(size_.cells());
    is_foreground_.resize(size_.cells());
    GaussianRows rows(size_.height, size_.width, 1);
    for (int64_t y = 0; y < size_.height; ++y) {
      double* smoothed = smooth_.data() + y * size_.width;
      rows.smooth(y, smoothed, [&](int64_t row, double* numbers) {
        if (channels_ == 1)
          project_greys(values_ + row * size_.width, size_.width, direction_[0], numbers);
        else
          std::copy_n(brightness_.data() + row * size_.width, size_.width, numbers);
      });
      mark_bright(smoothed, size_.width, level_, contrast_share * dimmer_, is_foreground_.data() + y * size_.width);
    }
  }

  // The cells near each candidate, with the number of the last candidate that they are near to. Of these, what is
  // labelled or beside a part does not count: light scatters over an object's rim.
  std::vector<int32_t> draw_rings(const std::vector<Candidate>& candidates) const {
    std::vector<int32_t> ring(size_.cells(), 0);
    for (size_t k = 0; k < candidates.size(); ++k) {
      const Candidate& candidate = candidates[k];
      const auto is_own = [&](int64_t x, int64_t y) { return parts_[at(x, y)] == candidate.part; };
      for (int64_t y = candidate.y0; y < candidate.y1; ++y)
        for (int64_t x = candidate.x0; x < candidate.x1; ++x) {
          if (!is_own(x, y)) continue;
          const int64_t left = std::max<int64_t>(x - ring_reach, 0);
          while (x < candidate.x1 && is_own(x, y)) ++x;
          const int64_t right = std::min(x + ring_reach, size_.width);
          const int64_t below = std::min(y + ring_reach + 1, size_.height);
          for (int64_t row = std::max<int64_t>(y - ring_reach, 0); row < below; ++row)
            std::fill(ring.begin() + row * size_.width + left, ring.begin() + row * size_.width + right,
                      static_cast<int32_t>(k + 1));
        }
    }
    return ring;
  }

  bool is_beside_part(int64_t x, int64_t y) const {
    for (int64_t row = std::max<int64_t>(y - 1, 0); row < std::min(y + 2, size_.height); ++row)
      for (int64_t column = std::max<int64_t>(x - 1, 0); column < std::min(x + 2, size_.width); ++column)
        if (parts_[at(column, row)]) return true;
    return false;
  }

  GridSize size_;
  int64_t channels_, step_;
  std::vector<int32_t> parts_;
  std::vector<int32_t> covered_;       // the labelled cells, those of the last mask first
  std::vector<size_t> covered_start_;  // where those of mask - 1 begin, and those of a mask end
  Flags is_labelled_, is_foreground_;
  std::vector<uint8_t> distance_;  // cells to the next label
  const uint8_t* values_ = nullptr;  // (cells, channels)
  std::vector<uint8_t> taken_;       // the same, where not every pixel is looked at
  std::vector<double> direction_;
  std::vector<double> grey_brightness_;      // of a picture of one channel, by value
  std::vector<double> brightness_, smooth_;  // of a picture of several channels; of any
  ValueCounts background_;                   // brightness
  double level_ = 0, dimmer_ = 0;  // of the background; how far the dimmer objects stand out of it
};

}  // namespace
}  // namespace maskaudit

// Columns, (candidates): x, y, w, h, area, in cells of step x step pixels; inside and around, the contrast of the
// candidate and of its surroundings by that of the dimmer objects, around infinite where there are none; window_x,
// window_y, window_w, window_h, the cells that its outline was drawn in. Column cells: all windows, row by row, 1 in
// the outline.
MASKAUDIT_API maskaudit::Table* maskaudit_find_unlabelled(
    const std::int64_t* start, const std::int32_t* x, const std::int32_t* y0, const std::int32_t* y1,
    std::int64_t n_masks, const std::uint8_t* is_object, const std::uint8_t* picture, std::int64_t height,
    std::int64_t width, std::int64_t channels, std::int64_t step, double median_area) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    using namespace maskaudit;
    constexpr std::size_t n_columns = 9;
    const std::array<const char*, n_columns> names = {"x",        "y",        "w",        "h",       "area",
                                                      "window_x", "window_y", "window_w", "window_h"};
    std::array<std::vector<int64_t>, n_columns> columns;
    std::vector<double> inside, around;
    Flags cells;
    Finder finder(height, width, channels, step);
    finder.paint_labels({x, y0, y1, start}, n_masks);
    if (finder.find_foreground(picture, width, is_object, static_cast<std::size_t>(n_masks)))
      for (const Candidate& candidate : finder.measure_candidates(median_area)) {
        int64_t window_x, window_y;
        GridSize window;
        const Flags drawn = finder.draw_outline(candidate, window_x, window_y, window);
        cells.insert(cells.end(), drawn.begin(), drawn.end());
        inside.push_back(candidate.inside);
        around.push_back(candidate.has_ring ? candidate.around : std::numeric_limits<double>::infinity());
        const std::array<int64_t, n_columns> row = {
            candidate.x0, candidate.y0, candidate.x1 - candidate.x0, candidate.y1 - candidate.y0, candidate.area,
            window_x, window_y, window.width, window.height};
        for (std::size_t k = 0; k < n_columns; ++k) columns[k].push_back(row[k]);
      }
    for (std::size_t k = 0; k < n_columns; ++k) table.add(names[k], std::move(columns[k]));
    table.add("inside", std::move(inside));
    table.add("around", std::move(around));
    table.add("cells", std::move(cells));
  });
}
