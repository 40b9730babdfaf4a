// From the bytes that a PNG file holds to its pixels: undoes the filters of its rows (https://www.w3.org/TR/png,
// section 9), and keeps one channel where red, green and blue are equal everywhere.
#include "table.h"
#include "wide.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using std::int64_t;
using std::size_t;
using std::uint8_t;

enum Filter : uint8_t { none, sub, up, average, paeth };

// The neighbour that left + above - corner is nearest to: left before above before corner.
inline int predict(int left, int above, int corner) {
  const int by_left = std::abs(above - corner), by_above = std::abs(left - corner);
  const int by_corner = std::abs(left + above - 2 * corner);
  const int nearer = by_above <= by_corner ? above : corner;
  return by_left <= by_above && by_left <= by_corner ? left : nearer;
}

MASKAUDIT_WIDE void add_rows(const uint8_t* filtered, const uint8_t* above, int64_t length, uint8_t* row) {
  for (int64_t k = 0; k < length; ++k) row[k] = static_cast<uint8_t>(filtered[k] + above[k]);
}

// The number of channels is known to the compiler, so that those of a pixel are done side by side, in registers:
// each pixel needs the one before it.
template <int channels, class Predict>
void add_predictions(const uint8_t* filtered, const uint8_t* above, int64_t length, uint8_t* row, Predict&& guess) {
  int left[channels] = {}, corner[channels] = {};
  for (int64_t k = 0; k < length; k += channels)
    for (int c = 0; c < channels; ++c) {
      const int over = above[k + c];
      left[c] = static_cast<uint8_t>(filtered[k + c] + guess(left[c], over, corner[c]));
      corner[c] = over;
      row[k + c] = static_cast<uint8_t>(left[c]);
    }
}

// Writes the bytes of a row; false where its filter is none of PNG's.
template <int channels>
bool undo_filter(uint8_t filter, const uint8_t* filtered, const uint8_t* above, int64_t length, uint8_t* row) {
  switch (filter) {
    case none:
      std::memcpy(row, filtered, static_cast<size_t>(length));
      return true;
    case sub:
      add_predictions<channels>(filtered, above, length, row, [](int left, int, int) { return left; });
      return true;
    case up:
      add_rows(filtered, above, length, row);
      return true;
    case average:
      add_predictions<channels>(filtered, above, length, row, [](int left, int over, int) { return (left + over) / 2; });
      return true;
    case paeth:
      add_predictions<channels>(filtered, above, length, row, predict);
      return true;
    default:
      return false;
  }
}

MASKAUDIT_WIDE bool is_opaque(const uint8_t* row, int64_t width) {
  unsigned alpha = 255;
  for (int64_t x = 0; x < width; ++x) alpha &= row[4 * x + 3];
  return alpha == 255;
}

template <int channels>
MASKAUDIT_WIDE bool is_grey(const uint8_t* row, int64_t width) {
  unsigned difference = 0;
  for (int64_t x = 0; x < width; ++x) {
    const uint8_t* pixel = row + channels * x;
    difference |= static_cast<unsigned>((pixel[0] ^ pixel[1]) | (pixel[0] ^ pixel[2]));
  }
  return difference == 0;
}

// Copies the first `kept` channels of each pixel.
template <int channels, int kept>
MASKAUDIT_WIDE void keep_channels(const uint8_t* row, int64_t width, uint8_t* pixels) {
  for (int64_t x = 0; x < width; ++x)
    for (int c = 0; c < kept; ++c) pixels[kept * x + c] = row[channels * x + c];
}

// Fills pixels with one channel or three; returns how many, 0 for what is no plain picture.
template <int channels>
uint8_t read_rows(const uint8_t* data, int64_t height, int64_t width, std::vector<uint8_t>& pixels) {
  const int64_t length = channels * width, n_pixels = height * width;
  std::vector<uint8_t> above(static_cast<size_t>(length)), row(above);
  bool is_one_channel = true;  // until a row has colour
  pixels.resize(static_cast<size_t>(n_pixels));
  for (int64_t y = 0; y < height; ++y, data += length + 1, row.swap(above)) {
    if (!undo_filter<channels>(data[0], data + 1, above.data(), length, row.data())) return 0;
    if constexpr (channels == 4)
      if (!is_opaque(row.data(), width)) return 0;
    if constexpr (channels >= 3) {
      if (is_one_channel && !is_grey<channels>(row.data(), width)) {
        is_one_channel = false;
        pixels.resize(static_cast<size_t>(3 * n_pixels));
        for (int64_t k = y * width; k-- > 0;)  // from the end, so that nothing is overwritten before it is read
          pixels[static_cast<size_t>(3 * k)] = pixels[static_cast<size_t>(3 * k + 1)] =
              pixels[static_cast<size_t>(3 * k + 2)] = pixels[static_cast<size_t>(k)];
      }
      if (!is_one_channel) {
        keep_channels<channels, 3>(row.data(), width, pixels.data() + 3 * y * width);
        continue;
      }
    }
    keep_channels<channels, 1>(row.data(), width, pixels.data() + y * width);
  }
  return is_one_channel ? 1 : 3;
}

}  // namespace

// Columns: channels, (1) how many are kept: 1 where all are equal, else 3; 0 for pixels that are not opaque and rows
// whose filter is unknown. pixels, (height, width, channels). data: the rows of a PNG of 8 bits that is not interlaced,
// of 1, 3 or 4 channels: its filter, and its bytes.
MASKAUDIT_API maskaudit::Table* maskaudit_unfilter_png(const uint8_t* data, int64_t height, int64_t width,
                                                       int64_t channels) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<uint8_t> pixels;
    const auto read = channels == 1 ? read_rows<1> : channels == 3 ? read_rows<3> : read_rows<4>;
    const uint8_t kept = read(data, height, width, pixels);
    if (!kept) pixels.clear();
    table.add("channels", std::vector<uint8_t>{kept});
    table.add("pixels", std::move(pixels));
  });
}
