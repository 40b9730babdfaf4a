#include "random_cut.h"

#include <cmath>

namespace maskaudit {
namespace {

struct Wave {
  float amplitude, period, phase;  // cells, cells, turns
};

// The cells before a line through (x, y), with the normal (nx, ny), that swings like a sine.
Tile cells_before_wave(const Tile& tile, float x, float y, float nx, float ny, const Wave& wave) {
  const Line nearest(x - wave.amplitude * nx, y - wave.amplitude * ny, nx, ny);
  const Line farthest(x + wave.amplitude * nx, y + wave.amplitude * ny, nx, ny);
  Tile part = cells_before(tile, nearest);
  // Only the cells between the two lines have to be asked on which side of the sine they lie.
  const Tile band = subtract_tiles(cells_before(tile, farthest), part);
  for (int column = 0; column < tile.columns; ++column) {
    for (std::uint64_t left = band.words[column]; left != 0; left &= left - 1) {
      const int row = lowest_bit(left);
      const float right = static_cast<float>(column) - x, down = static_cast<float>(row) - y;
      const float along = down * nx - right * ny, across = right * nx + down * ny;
      const float sine = static_cast<float>(direction_of_turns(along / wave.period + wave.phase).y);
      if (across < wave.amplitude * sine) part.words[column] |= 1ull << row;
    }
  }
  return part;
}

}  // namespace

Tile cut_randomly(const Tile& tile, const Moments& moments, std::uint64_t seed) {
  double draw[7];
  for (int k = 0; k < 7; ++k) draw[k] = uniform_number(seed, k);
  // A normal number from two uniform ones (Box and Muller); 20 degrees are an eighteenth of a turn.
  const double normal = std::sqrt(-2 * natural_log(std::max(draw[0], 1e-6))) * direction_of_turns(draw[1]).x;
  const Direction direction = turn_by(moments.direction(), direction_of_turns(normal / 18));
  const double length = moments.major_axis();
  const double offset = (draw[2] - 0.5) * 0.4 * length;
  const auto x = static_cast<float>(moments.x + offset * direction.x);
  const auto y = static_cast<float>(moments.y + offset * direction.y);
  const auto nx = static_cast<float>(direction.x), ny = static_cast<float>(direction.y);
  if (draw[3] >= 0.5) return cells_before(tile, Line(x, y, nx, ny));
  const Wave wave{static_cast<float>((0.02 + 0.05 * draw[4]) * length),
                  static_cast<float>((0.8 + 1.2 * draw[5]) * length), static_cast<float>(draw[6])};
  return cells_before_wave(tile, x, y, nx, ny, wave);
}

}  // namespace maskaudit
