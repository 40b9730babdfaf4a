// Do the pixels of a mask show two objects? Straight lines of many directions are laid through it, and both sides
// of each and the band between them are compared.
//
// Two objects that touch differ in brightness, or are parted by a darker band (a valley). Everything is in units of
// the mask's contrast to its surroundings, positive towards the mask. audit/geometry/pixel_lines.py says what the
// columns mean.
#include "line_sums.h"
#include "mask_window.h"
#include "runs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace maskaudit {
namespace {

constexpr int n_angles = 12, ring_width = 3, margin = 4;
constexpr std::size_t most_points = 240;    // of a larger mask every n-th pixel is looked at
constexpr int least_points = 12;
constexpr std::size_t least_core = 16;              // a smaller core is replaced by the whole mask
constexpr double farthest_offset = 0.55;    // of the half width, from the centre
constexpr double least_side = 0.18;         // share of the pixels on the smaller side of a line
constexpr double least_contrast = 4;        // grey levels
constexpr double band_by_diameter = 0.04;   // half width of the band over the root of the area, at least a pixel
constexpr std::size_t least_ring = 5;
constexpr int least_band = 3, least_beside = 5;

struct Point {
  double x, y, value;
};

enum Feature { share, step, share_by_step, valley, valley_by_spread, contrast, cut_valley, cut_step, n_features };
constexpr std::array<const char*, n_features> names = {
    "line_share", "line_step", "line_share_by_step", "line_valley", "line_valley_by_spread",
    "pixel_contrast", "cut_valley", "cut_step"};

double median(float* values, std::size_t n) {
  std::nth_element(values, values + n / 2, values + n);
  return values[n / 2];
}

static_assert(most_points <= LineSums::most_points, "the points of a mask can be counted");

class Lines {
 public:
  Lines(const RunColumns& runs, std::int64_t n_masks, const std::uint8_t* picture, std::int64_t height,
        std::int64_t width, std::int64_t channels)
      : runs_(runs), picture_(picture), height_(height), width_(width), channels_(channels),
        painted_(static_cast<std::size_t>(height * width)) {
    for (std::int64_t mask = 0; mask < n_masks; ++mask) {
      runs_.load(mask, list_);
      for (const Run& run : list_)
        for (std::int64_t y = run.y0; y < run.y1; ++y)
          painted_[static_cast<std::size_t>(y * width + run.x)] = 1;
    }
  }

  // Measures a mask, or with b >= 0 two masks with the slit between them closed.
  void measure(std::int64_t a, std::int64_t b, const float* cut, float* features) {
    std::fill(features, features + n_features, 0.0f);
    if (!open_window(a, b)) return;
    const double background = measure_background();
    collect_pixels();
    const double difference = median(values_.data(), n_inner_) - background;
    const double unit = std::max(std::abs(difference), least_contrast) * (difference >= 0 ? 1 : -1);
    if (!choose_points(background, unit)) return;
    features[contrast] = static_cast<float>(difference / 64);
    compare_lines(features);
    compare_cut(cut, background, unit, features);
  }

 private:
  std::size_t at(std::int64_t x, std::int64_t y) const { return static_cast<std::size_t>(y * window_.width + x); }

  void draw(std::vector<std::uint8_t>& cells) const {
    cells.assign(window_.size(), 0);
    for (const Run& run : list_)
      for (std::int64_t y = run.y0; y < run.y1; ++y) cells[at(run.x - window_.x, y - window_.y)] = 1;
  }

  // Paints the window with the mask and its neighbours; false for a mask without pixels.
  bool open_window(std::int64_t a, std::int64_t b) {
    std::int64_t x0 = width_, y0 = height_, x1 = 0, y1 = 0;
    for (const std::int64_t mask : {a, b}) {
      if (mask < 0) continue;
      runs_.load(mask, list_);
      for (const Run& run : list_) {
        x0 = std::min<std::int64_t>(x0, run.x);
        x1 = std::max<std::int64_t>(x1, run.x + 1);
        y0 = std::min<std::int64_t>(y0, run.y0);
        y1 = std::max<std::int64_t>(y1, run.y1);
      }
    }
    if (x1 <= x0) return false;
    window_.x = std::max<std::int64_t>(x0 - margin, 0);
    window_.y = std::max<std::int64_t>(y0 - margin, 0);
    window_.width = std::min(x1 + margin, width_) - window_.x;
    window_.height = std::min(y1 + margin, height_) - window_.y;
    runs_.load(a, list_);
    draw(window_.inside);
    std::vector<std::uint8_t>& second = window_.near;
    second.clear();
    if (b >= 0) {
      runs_.load(b, list_);
      draw(second);
    }
    copy_rows();
    subtract_cells(window_.other, window_.inside);
    if (b >= 0) {
      subtract_cells(window_.other, second);
      close_slit(second);
    }
    return true;
  }

  // Looks at the window's part of the picture, and at what any mask covers of it.
  void copy_rows() {
    window_.other.resize(window_.size());
    window_.luma.resize(window_.size());
    for (std::int64_t y = 0; y < window_.height; ++y) {
      const std::int64_t first = (window_.y + y) * width_ + window_.x;
      std::copy_n(painted_.data() + first, window_.width, window_.other.data() + at(0, y));
      weigh_channels(picture_ + first * channels_, window_.width, channels_, window_.luma.data() + at(0, y));
    }
  }

  // Every free cell that neighbours both masks becomes part of the union.
  void close_slit(std::vector<std::uint8_t>& second) {
    std::vector<std::uint8_t> first_grown = window_.inside, second_grown = second;
    dilate(first_grown, window_.scratch, window_.width, window_.height, 1);
    dilate(second_grown, window_.scratch, window_.width, window_.height, 1);
    for (std::size_t cell = 0; cell < window_.size(); ++cell)
      window_.inside[cell] |= second[cell] | (first_grown[cell] & second_grown[cell] & !window_.other[cell]);
  }

  // The median of what lies around the mask; of its neighbours too where nothing else does.
  double measure_background() {
    window_.near = window_.inside;
    dilate(window_.near, window_.scratch, window_.width, window_.height, ring_width);
    subtract_cells(window_.near, window_.inside);
    window_.scratch = window_.near;
    subtract_cells(window_.scratch, window_.other);
    if (values_.size() < window_.size()) values_.resize(window_.size());
    std::size_t n_values = list_values(window_.scratch);
    if (n_values < least_ring) n_values = list_values(window_.near);
    return n_values ? median(values_.data(), n_values) : 0;
  }

  // Writes the brightness of every marked cell, without a branch: whether a cell is marked cannot be guessed.
  std::size_t list_values(const std::vector<std::uint8_t>& marked) {
    std::size_t n_values = 0;
    for (std::size_t cell = 0; cell < marked.size(); ++cell) {
      values_[n_values] = window_.luma[cell];
      n_values += marked[cell];
    }
    return n_values;
  }

  // Lists the pixels of the mask, and those of its core, column by column.
  void collect_pixels() {
    erode(window_.inside, window_.scratch, window_.width, window_.height, window_.core);
    for (std::vector<Point>* points : {&inner_, &core_})
      if (points->size() < window_.size()) points->resize(window_.size());
    n_inner_ = n_core_ = 0;
    for (std::int64_t x = 0; x < window_.width; ++x)
      for (std::int64_t y = 0; y < window_.height; ++y) {
        const std::size_t cell = at(x, y);
        const Point point{static_cast<double>(x), static_cast<double>(y), window_.luma[cell]};
        inner_[n_inner_] = core_[n_core_] = point;
        values_[n_inner_] = window_.luma[cell];
        n_inner_ += window_.inside[cell];
        n_core_ += window_.core[cell];
      }
  }

  // Chooses the pixels that lines are laid through, in units of the contrast; false where they are too few. Those
  // of the outermost layer are left out where enough remain: they are half background.
  bool choose_points(double background, double unit) {
    const std::vector<Point>& chosen = n_core_ < least_core ? inner_ : core_;
    const std::size_t size = n_core_ < least_core ? n_inner_ : n_core_;
    area_ = static_cast<double>(size);
    const std::size_t wanted = std::min<std::size_t>(size, most_points);
    points_.clear();
    if (wanted < least_points) return false;
    for (std::size_t k = 0; k < wanted; ++k) {
      const Point& point = chosen[k * (size - 1) / (wanted - 1)];
      points_.x.push_back(point.x);
      points_.y.push_back(point.y);
      points_.value.push_back((point.value - background) / unit);
    }
    return true;
  }

  void compare_lines(float* features) {
    Sums all;
    double x = 0, y = 0, squares = 0;
    for (std::size_t k = 0; k < points_.size(); ++k) {
      const double value = points_.value[k];
      x += points_.x[k];
      y += points_.y[k];
      all.add(value);
      squares += value * value;
    }
    x /= all.number;
    y /= all.number;
    const double mean = all.mean(), variance = std::max(squares / all.number - mean * mean, 0.0) + 1e-4;
    const double half_band = std::max(1.0, band_by_diameter * std::sqrt(area_));
    double best_share = 0, best_valley = -1;
    features[valley] = -1;
    for (int angle = 0; angle < n_angles; ++angle) {
      sums_.sum(points_, x, y, direction_of_turns(angle / (2.0 * n_angles)), half_band, farthest_offset);
      Sums behind;
      // From the last line to the first: what lies behind one lies behind all before it.
      for (int line = n_lines - 1; line >= 0; --line) {
        const auto k = static_cast<std::size_t>(line);
        behind.number += sums_.between[k + 1].number;
        behind.total += sums_.between[k + 1].total;
        const Sums before = all.without(behind);
        if (std::min(behind.number, before.number) < least_side * all.number) continue;
        const double jump = std::abs(behind.mean() - before.mean());
        const double explained = behind.number * before.number / (all.number * all.number) * jump * jump / variance;
        if (explained > best_share) {
          best_share = explained;
          features[share] = static_cast<float>(explained);
          features[step] = static_cast<float>(jump);
          features[share_by_step] = static_cast<float>(explained * std::min(jump, 2.0));
        }
        const Sums band{sums_.band_before[k].number + sums_.band_behind[k].number,
                        sums_.band_before[k].total + sums_.band_behind[k].total};
        const Sums far = behind.without(sums_.band_behind[k]), near = before.without(sums_.band_before[k]);
        if (band.number < least_band || std::min(far.number, near.number) < least_beside) continue;
        const double depth = std::min(far.mean(), near.mean()) - band.mean();
        if (depth > best_valley) {
          best_valley = depth;
          features[valley] = static_cast<float>(depth);
          features[valley_by_spread] = static_cast<float>(depth / (0.05 + std::sqrt(variance)));
        }
      }
    }
  }

  // The same along the best cut of the form, where there is one.
  void compare_cut(const float* cut, double background, double unit, float* features) {
    const double x0 = cut[0] - static_cast<double>(window_.x), y0 = cut[1] - static_cast<double>(window_.y);
    const double x1 = cut[2] - static_cast<double>(window_.x), y1 = cut[3] - static_cast<double>(window_.y);
    const double length = std::sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0));
    if (length < 1) return;
    const double normal_x = (y1 - y0) / length, normal_y = (x0 - x1) / length;
    const double middle_x = (x0 + x1) / 2, middle_y = (y0 + y1) / 2;
    before_.clear();
    behind_.clear();
    Sums band;
    for (std::size_t k = 0; k < n_inner_; ++k) {
      Point point = inner_[k];
      point.value = (point.value - background) / unit;
      const double away = (point.x - middle_x) * normal_x + (point.y - middle_y) * normal_y;
      const double along = (point.y - middle_y) * normal_x - (point.x - middle_x) * normal_y;
      if (std::abs(away) <= 1 && std::abs(along) <= length / 2 + 1) {
        band.add(point.value);
      } else if (std::abs(away) > 1.5) {
        (away > 0 ? behind_ : before_).push_back(static_cast<float>(point.value));
      }
    }
    if (band.number < 2 || before_.size() < 4 || behind_.size() < 4) return;
    const double before = median(before_.data(), before_.size()), behind = median(behind_.data(), behind_.size());
    features[cut_valley] = static_cast<float>(std::min(before, behind) - band.mean());
    features[cut_step] = static_cast<float>(std::abs(before - behind));
  }

  RunColumns runs_;
  const std::uint8_t* picture_;
  std::int64_t height_, width_, channels_;
  std::vector<std::uint8_t> painted_;
  RunList list_;
  MaskWindow window_;
  std::vector<Point> inner_, core_;
  LinePoints points_;
  std::size_t n_inner_ = 0, n_core_ = 0;  // of the points, which lie in lists that are never made shorter
  std::vector<float> values_, before_, behind_;
  LineSums sums_;
  double area_ = 0;
};

}  // namespace
}  // namespace maskaudit

// Columns: see `names`, (n_items) each. Item k is mask a[k], or its union with b[k] where that is not negative;
// cuts: (n_items, 4) the ends of the best cut, image pixels, all equal where there is none. picture: (height, width, channels), one channel or
// three.
MASKAUDIT_API maskaudit::Table* maskaudit_pixel_lines(
    const std::int64_t* start, const std::int32_t* x, const std::int32_t* y0, const std::int32_t* y1,
    std::int64_t n_masks, const std::int64_t* a, const std::int64_t* b, const float* cuts, std::int64_t n_items,
    const std::uint8_t* picture, std::int64_t height, std::int64_t width, std::int64_t channels) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    using namespace maskaudit;
    if (channels != 1 && channels != 3) throw std::invalid_argument("a picture has one channel or three");
    Lines lines({x, y0, y1, start}, n_masks, picture, height, width, channels);
    std::array<std::vector<float>, n_features> columns;
    for (auto& column : columns) column.resize(static_cast<std::size_t>(n_items));
    std::array<float, n_features> features;
    for (std::int64_t item = 0; item < n_items; ++item) {
      lines.measure(a[item], b[item], cuts + 4 * item, features.data());
      for (std::size_t k = 0; k < n_features; ++k) columns[k][static_cast<std::size_t>(item)] = features[k];
    }
    for (std::size_t k = 0; k < n_features; ++k) table.add(names[k], std::move(columns[k]));
  });
}
