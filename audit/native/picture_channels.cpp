// Pictures of three channels: whether all are equal.
#include "table.h"

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

}  // namespace

// Columns: is_grey, (1) whether red, green and blue are equal everywhere. rgb: (n_pixels, 3).
MASKAUDIT_API maskaudit::Table* maskaudit_tell_grey(const std::uint8_t* rgb, std::int64_t n_pixels) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    table.add("is_grey", std::vector<std::uint8_t>{has_equal_channels(rgb, n_pixels)});
  });
}
