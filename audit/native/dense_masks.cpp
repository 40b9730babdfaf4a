// Masks as pixels: reading their runs, and painting them.
#include "bit_masks.h"
#include "mask_columns.h"

namespace {

using maskaudit::BitMask;
using maskaudit::RunList;
using std::int64_t;

// The runs of a mask whose lines are rows. Going down the rows, a run is found where it ends; then it waits
// until its column's turn comes.
void find_runs_across(const BitMask& mask, RunList& runs) {
  thread_local std::vector<std::uint64_t> above;
  thread_local std::vector<std::int32_t> begin, place;
  thread_local RunList ended;
  const int64_t width = mask.width();
  above.assign(static_cast<std::size_t>(width), 0);
  begin.assign(static_cast<std::size_t>(width * 64), 0);
  place.assign(static_cast<std::size_t>(width * 64 + 1), 0);
  ended.clear();
  for (int64_t line = mask.first_line; line <= mask.end_line; ++line) {
    for (int64_t k = 0; k < width; ++k) {
      const std::uint64_t here =
          line < mask.end_line ? mask.bits[static_cast<std::size_t>((line - mask.first_line) * width + k)] : 0;
      for (std::uint64_t change = here ^ above[static_cast<std::size_t>(k)]; change; change &= change - 1) {
        const int bit = maskaudit::lowest_bit(change);
        const auto column = static_cast<std::size_t>(k * 64 + bit);
        if ((here >> bit) & 1) {
          begin[column] = static_cast<std::int32_t>(line);
        } else {
          ended.push_back({static_cast<std::int32_t>(column), begin[column], static_cast<std::int32_t>(line)});
          ++place[column + 1];
        }
      }
      above[static_cast<std::size_t>(k)] = here;
    }
  }
  for (std::size_t k = 1; k < place.size(); ++k) place[k] += place[k - 1];
  runs.resize(ended.size());
  const auto first_column = static_cast<std::int32_t>(mask.first_word * 64);
  for (const maskaudit::Run& run : ended)
    runs[static_cast<std::size_t>(place[static_cast<std::size_t>(run.x)]++)] = {run.x + first_column, run.y0, run.y1};
}

}  // namespace

// Masks: those whose pixels lie at these addresses, one byte each, line by line.
MASKAUDIT_API maskaudit::Table* maskaudit_dense_to_runs(
    const std::uint64_t* address, int64_t n_masks, int64_t lines, int64_t length, int64_t lines_are_columns,
    int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    maskaudit::add_masks(table, n_masks, n_threads, [&](int64_t number, RunList& runs) {
      thread_local BitMask mask;
      maskaudit::pack_pixels(reinterpret_cast<const std::uint8_t*>(address[number]), lines, length, mask);
      lines_are_columns ? maskaudit::unpack_runs(mask, runs) : find_runs_across(mask, runs);
    });
  });
}

// No columns: sets the pixels of the masks, (n_masks, height, width), to 1.
MASKAUDIT_API maskaudit::Table* maskaudit_paint_masks(
    const int64_t* start, const std::int32_t* x, const std::int32_t* y0, const std::int32_t* y1, int64_t n_masks,
    int64_t height, int64_t width, std::uint8_t* pixels, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table&) {
    maskaudit::for_each_item(n_masks, static_cast<int>(n_threads), [&](int, int64_t number) {
      std::uint8_t* image = pixels + number * height * width;
      for (int64_t k = start[number]; k < start[number + 1]; ++k)
        for (int64_t y = y0[k]; y < y1[k]; ++y) image[y * width + x[k]] = 1;
    });
  });
}
