// Masks that give pixels up to others, for label maps in which every pixel has one value.
#include "mask_columns.h"

#include <numeric>

using maskaudit::RunColumns;
using maskaudit::RunList;
using std::int32_t;
using std::int64_t;

// Columns: area, (n_masks) pixels that each mask loses; common, (n_pairs) those of them that the label of each pair
// has. Pieces are what two masks share, loser is the one that gives it up, or -1; a mask may lose a pixel several
// times. The pairs of a mask are at first_pair[mask] and after, in the order of pair_at.
MASKAUDIT_API maskaudit::Table* maskaudit_count_lost_pixels(
    const int64_t* piece_start, const int32_t* piece_x, const int32_t* piece_y0, const int32_t* piece_y1,
    const int64_t* loser, int64_t n_pieces, int64_t n_masks, const int64_t* label_start, const int32_t* label_x,
    const int32_t* label_y0, const int32_t* label_y1, const int64_t* first_pair, const int64_t* pair_at,
    const int64_t* pair_label, int64_t n_pairs, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns pieces{piece_x, piece_y0, piece_y1, piece_start}, labels{label_x, label_y0, label_y1, label_start};
    // Counting brings the pieces of a loser together.
    std::vector<int64_t> first(static_cast<std::size_t>(n_masks) + 1), sorted(static_cast<std::size_t>(n_pieces));
    for (int64_t k = 0; k < n_pieces; ++k)
      if (loser[k] >= 0) ++first[static_cast<std::size_t>(loser[k]) + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<int64_t> next(first.begin(), first.end() - 1), losers;
    for (int64_t k = 0; k < n_pieces; ++k)
      if (loser[k] >= 0) sorted[static_cast<std::size_t>(next[static_cast<std::size_t>(loser[k])]++)] = k;
    for (int64_t mask = 0; mask < n_masks; ++mask)
      if (first[static_cast<std::size_t>(mask)] < first[static_cast<std::size_t>(mask) + 1]) losers.push_back(mask);
    std::vector<int64_t> area(static_cast<std::size_t>(n_masks)), common(static_cast<std::size_t>(n_pairs));
    constexpr std::size_t block = 64;  // masks handed out together: most lose little
    maskaudit::for_each_item(
        static_cast<int64_t>((losers.size() + block - 1) / block), static_cast<int>(n_threads), [&](int, int64_t item) {
          RunList lost, piece;
          std::vector<int32_t> x, y0, y1;
          const std::size_t begin = static_cast<std::size_t>(item) * block;
          for (std::size_t at = begin; at < std::min(losers.size(), begin + block); ++at) {
            const std::size_t mask = static_cast<std::size_t>(losers[at]);
            pieces.load(sorted[static_cast<std::size_t>(first[mask])], lost);
            for (int64_t k = first[mask] + 1; k < first[mask + 1]; ++k) {
              pieces.load(sorted[static_cast<std::size_t>(k)], piece);
              lost.insert(lost.end(), piece.begin(), piece.end());
            }
            // One piece is a mask already; several may share pixels, which are lost once.
            if (first[mask + 1] - first[mask] > 1) maskaudit::unite_strips(lost);
            x.clear(), y0.clear(), y1.clear();
            for (const maskaudit::Run& run : lost) {
              area[mask] += run.y1 - run.y0;
              x.push_back(run.x), y0.push_back(run.y0), y1.push_back(run.y1);
            }
            const maskaudit::MaskColumns columns{x.data(), y0.data(), y1.data(), static_cast<int64_t>(x.size())};
            for (int64_t k = first_pair[mask]; k < first_pair[mask + 1]; ++k)
              common[static_cast<std::size_t>(pair_at[k])] = count_common(columns, look_at(labels, pair_label[k]));
          }
        });
    table.add("area", std::move(area));
    table.add("common", std::move(common));
  });
}
