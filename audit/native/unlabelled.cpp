// Things in a picture that look like the labelled objects and are not labelled (audit/geometry/unlabelled.py).
#include "cell_grid.h"
#include "colour_contrast.h"
#include "gaussian.h"
#include "runs.h"

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

class Finder {
 public:
  Finder(int64_t height, int64_t width, int64_t channels, int64_t step)
      : size_{(height + step - 1) / step, (width + step - 1) / step}, channels_(channels), step_(step) {}

  // Every mask is painted with its number from 1 on, the last on top, on every step-th row and column.
  void paint_labels(const RunColumns& masks, int64_t n_masks) {
    labels_.assign(size_.cells(), 0);
    is_labelled_.assign(size_.cells(), 0);
    RunList mask;
    for (int64_t number = 0; number < n_masks; ++number) {
      masks.load(number, mask);
      for (const Run& run : mask) {
        if (run.x % step_) continue;
        for (int64_t y = (run.y0 + step_ - 1) / step_; y * step_ < run.y1; ++y) {
          const auto cell = static_cast<size_t>(y * size_.width + run.x / step_);
          labels_[cell] = static_cast<int32_t>(number + 1);
          is_labelled_[cell] = 1;
        }
      }
    }
    distance_ = measure_distances(is_labelled_, size_, std::max(far_cells, clear_cells));
  }

  // Finds what stands out as the labelled objects do; false where they do not stand out themselves.
  bool find_foreground(const uint8_t* picture, int64_t picture_width, const uint8_t* is_object, size_t n_masks) {
    Flags is_background(size_.cells());
    int64_t n_labelled = 0, n_background = 0;
    for (size_t cell = 0; cell < size_.cells(); ++cell) {
      is_background[cell] = distance_[cell] > far_cells;
      n_background += is_background[cell];
      n_labelled += is_labelled_[cell];
    }
    if (n_background < least_background || n_labelled == 0) return false;
    project_colours(picture, picture_width, is_background);
    if (!measure_contrast(is_object, n_masks, is_background)) return false;
    smooth();
    is_foreground_.resize(size_.cells());
    int64_t n_behind = 0, n_on_labels = 0;
    for (size_t cell = 0; cell < size_.cells(); ++cell) {
      const bool is_bright = smooth_[cell] > contrast_share * dimmer_;
      n_behind += is_bright && is_background[cell];
      n_on_labels += is_bright && is_labelled_[cell];
      is_foreground_[cell] = is_bright && distance_[cell] > clear_cells;
    }
    const auto labelled = static_cast<double>(n_labelled);
    return static_cast<double>(n_behind) / labelled <= most_background_foreground &&
           static_cast<double>(n_on_labels) / labelled >= least_labelled_foreground;
  }

  // Measures the connected parts of the foreground that have a size as objects have, from top to bottom.
  std::vector<Candidate> measure_candidates(double median_area) {
    const std::vector<int64_t> areas = label_parts(is_foreground_, size_, parts_);
    std::vector<int32_t> number(areas.size());  // of a part among the candidates, from 1 on
    std::vector<Candidate> candidates;
    for (size_t part = 1; part < areas.size(); ++part) {
      const auto area = static_cast<double>(areas[part] * step_ * step_);
      if (area < least_size * median_area || area > most_size * median_area) continue;
      candidates.push_back({static_cast<int32_t>(part), size_.width, size_.height, 0, 0, areas[part], 0, 0, false});
      number[part] = static_cast<int32_t>(candidates.size());
    }
    if (candidates.empty()) return candidates;
    const auto number_at = [&](size_t cell) { return number[static_cast<size_t>(parts_[cell])]; };
    for (int64_t y = 0; y < size_.height; ++y)
      for (int64_t x = 0; x < size_.width; ++x) {
        const int32_t found = number_at(at(x, y));
        if (!found) continue;
        Candidate& candidate = candidates[static_cast<size_t>(found - 1)];
        candidate.x0 = std::min(candidate.x0, x);
        candidate.x1 = std::max(candidate.x1, x + 1);
        candidate.y0 = std::min(candidate.y0, y);
        candidate.y1 = y + 1;
      }
    const std::vector<int32_t> ring = draw_rings(candidates);
    const auto contrast = [&](size_t cell) { return (brightness_[cell] - level_) / dimmer_; };
    const GroupedValues inside(size_.cells(), candidates.size(), number_at, contrast);
    const GroupedValues around(size_.cells(), candidates.size(), [&](size_t cell) { return ring[cell]; }, contrast);
    for (size_t k = 0; k < candidates.size(); ++k) {
      candidates[k].inside = inside.find_median_of(k + 1);
      candidates[k].has_ring = around.count(k + 1) >= least_ring;
      if (candidates[k].has_ring) candidates[k].around = around.find_median_of(k + 1);
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

  // Looks at the picture along the colour in which objects and background differ most.
  void project_colours(const uint8_t* picture, int64_t picture_width, const Flags& is_background) {
    std::vector<uint8_t> values(size_.cells() * static_cast<size_t>(channels_));
    uint8_t* value = values.data();
    for (int64_t y = 0; y < size_.height; ++y)
      for (int64_t x = 0; x < size_.width; ++x, value += channels_)
        std::copy_n(picture + (y * step_ * picture_width + x * step_) * channels_, channels_, value);
    const std::vector<double> direction = find_direction({values, channels_, is_labelled_, is_background});
    if (channels_ == 1) {
      for (size_t grey = 0; grey < grey_brightness_.size(); ++grey)
        grey_brightness_[grey] = 0.0 + static_cast<double>(grey) * direction[0];
      brightness_.resize(size_.cells());
      for (size_t cell = 0; cell < size_.cells(); ++cell) brightness_[cell] = grey_brightness_[values[cell]];
      grey_ = std::move(values);
      return;
    }
    brightness_.assign(size_.cells(), 0.0);
    for (size_t cell = 0; cell < size_.cells(); ++cell)
      for (size_t c = 0; c < direction.size(); ++c)
        brightness_[cell] += values[cell * direction.size() + c] * direction[c];
  }

  // Counts the brightnesses of the background: of one channel there are 256 at most, of several one a cell.
  ValueCounts count_background(const Flags& is_background) const {
    ValueCounts background;
    if (channels_ > 1) {
      for (size_t cell = 0; cell < size_.cells(); ++cell)
        if (is_background[cell]) background.values.push_back(brightness_[cell]);
      return background;
    }
    background.values.assign(grey_brightness_.begin(), grey_brightness_.end());
    background.counts = count_greys(grey_, is_background);
    return background;
  }

  // Measures how far the dimmer labelled objects stand out of the background; false where that is too little.
  bool measure_contrast(const uint8_t* is_object, size_t n_masks, const Flags& is_background) {
    std::vector<double> contrasts;
    ValueCounts background = count_background(is_background);
    level_ = background.find_median();
    // Cell by cell where something is labelled: most of a picture is not.
    std::vector<size_t> labelled_cells;
    for (size_t cell = 0; cell < size_.cells(); ++cell)
      if (is_labelled_[cell]) labelled_cells.push_back(cell);
    const GroupedValues by_label(
        labelled_cells.size(), n_masks, [&](size_t k) { return labels_[labelled_cells[k]]; },
        [&](size_t k) { return brightness_[labelled_cells[k]]; });
    for (size_t mask = 0; mask < n_masks; ++mask)
      if (is_object[mask] && by_label.count(mask + 1))
        contrasts.push_back(by_label.find_median_of(mask + 1) - level_);
    if (contrasts.size() < least_labels) return false;
    dimmer_ = find_quantile(contrasts, dimmer_share);
    for (double& value : background.values) value = std::abs(value - level_);
    const double noise = deviation_by_median * background.find_median();
    return dimmer_ >= std::max(least_contrast, least_contrast_by_noise * noise);
  }

  void smooth() {
    smooth_.resize(size_.cells());
    GaussianRows rows(size_.height, size_.width, 1);
    for (int64_t y = 0; y < size_.height; ++y) {
      rows.smooth(y, smooth_.data() + y * size_.width, [&](int64_t row, double* numbers) {
        std::copy_n(brightness_.data() + row * size_.width, size_.width, numbers);
      });
    }
    for (double& value : smooth_) value -= level_;
  }

  // The cells near each candidate, one free of any part and not labelled, with the number of the last candidate that
  // they are near to. One cell is left free: light scatters over an object's rim.
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
    for (int64_t y = 0; y < size_.height; ++y)
      for (int64_t x = 0; x < size_.width; ++x)
        if (ring[at(x, y)] && (is_labelled_[at(x, y)] || is_beside_part(x, y))) ring[at(x, y)] = 0;
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
  std::vector<int32_t> labels_, parts_;
  Flags is_labelled_, is_foreground_;
  std::vector<uint8_t> distance_;  // cells to the next label
  std::vector<double> brightness_, smooth_;
  std::vector<uint8_t> grey_;                // of pictures of one channel, and how bright each of its values is
  std::array<double, 256> grey_brightness_;
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
