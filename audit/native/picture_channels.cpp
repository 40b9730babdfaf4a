// Pictures of three channels: whether all are equal, and their grey.
#include "table.h"
#include "wide.h"

#include <cstdint>
#include <vector>

namespace {

bool has_equal_channels(const std::uint8_t* rgb, std::int64_t n_pixels) {
  // In portions, so that the inner loop has no exit and a coloured picture is told by its first ones.
  constexpr std::int64_t portion = 1024;
  for (std::int64_t first = 0; first < n_pixels; first += portion) {
    const std::int64_t end = first + portion < n_pixels ? first + portion : n_pixels;
    unsigned difference = 0;
    for (std::int64_t k = 3 * first; k < 3 * end; k += 3)
      difference |= static_cast<unsigned>((rgb[k] ^ rgb[k + 1]) | (rgb[k] ^ rgb[k + 2]));
    if (difference) return false;
  }
  return true;
}

// The sum of the three weights rounds, so a grey is weighed as a colour is.
MASKAUDIT_WIDE void find_grey_luma(const std::uint8_t* grey, std::int64_t n_pixels, float* luma) {
  for (std::int64_t k = 0; k < n_pixels; ++k) {
    const float value = grey[k];
    luma[k] = value * 0.299f + value * 0.587f + value * 0.114f;
  }
}

MASKAUDIT_WIDE void weigh_colours(const std::uint8_t* rgb, std::int64_t n_pixels, float* luma) {
  for (std::int64_t k = 0; k < n_pixels; ++k) {
    const float red = rgb[3 * k], green = rgb[3 * k + 1], blue = rgb[3 * k + 2];
    luma[k] = red * 0.299f + green * 0.587f + blue * 0.114f;
  }
}

}  // namespace

// Columns: is_grey, (1) whether red, green and blue are equal everywhere. rgb: (n_pixels, 3).
MASKAUDIT_API maskaudit::Table* maskaudit_tell_grey(const std::uint8_t* rgb, std::int64_t n_pixels) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    table.add("is_grey", std::vector<std::uint8_t>{has_equal_channels(rgb, n_pixels)});
  });
}

// Columns: luma, (n_pixels) 0 to 255, what the eye sees (ITU-R BT.601), added up from red to blue.
// picture: (n_pixels, channels), three channels, or one that stands for three equal ones.
MASKAUDIT_API maskaudit::Table* maskaudit_picture_luma(const std::uint8_t* picture, std::int64_t n_pixels,
                                                       std::int64_t channels) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<float> luma(static_cast<std::size_t>(n_pixels));
    if (channels == 1)
      find_grey_luma(picture, n_pixels, luma.data());
    else
      weigh_colours(picture, n_pixels, luma.data());
    table.add("luma", std::move(luma));
  });
}
