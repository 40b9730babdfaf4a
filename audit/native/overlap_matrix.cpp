// How much every mask of one set overlaps every mask of another one (or of the same) in one image.
//
// Two ways, both exact: packed bits (64 pixels a step, whatever the masks look like) and runs (a column a step,
// whatever their size). Smooth large masks are cheaper as runs, small or ragged ones as bits; what the masks
// hold decides.
#include "bit_masks.h"
#include "mask_columns.h"

namespace {

using maskaudit::BitMask;
using maskaudit::MaskColumns;
using maskaudit::RunList;
using maskaudit::RunColumns;
using std::int64_t;

// Values of audit.geometry.matrix.
enum Kind : int64_t { kind_iou = 0, kind_ioa = 1, kind_ios = 2 };

// A step along runs costs about as much as this many words of bits.
constexpr int64_t words_a_run = 4;

#if defined(__GNUC__) || defined(__clang__)
#define MASKAUDIT_INLINE inline __attribute__((always_inline))
#else
#define MASKAUDIT_INLINE inline
#endif

MASKAUDIT_INLINE int64_t count_common_words(const BitMask& a, const BitMask& b) {
  const int64_t first_line = std::max(a.first_line, b.first_line), end_line = std::min(a.end_line, b.end_line);
  const int64_t low = std::max(a.first_word, b.first_word), width = std::min(a.end_word, b.end_word) - low;
  if (first_line >= end_line || width <= 0) return 0;
  const std::uint64_t* of_a = a.bits.data() + (first_line - a.first_line) * a.width() + (low - a.first_word);
  const std::uint64_t* of_b = b.bits.data() + (first_line - b.first_line) * b.width() + (low - b.first_word);
  int64_t common = 0;
  for (int64_t line = first_line; line < end_line; ++line, of_a += a.width(), of_b += b.width())
    for (int64_t k = 0; k < width; ++k) common += maskaudit::count_bits(of_a[k] & of_b[k]);
  return common;
}

int64_t count_common_plain(const BitMask& a, const BitMask& b) { return count_common_words(a, b); }

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
// The same compiled for processors that count bits in one instruction: all of the last fifteen years, but not
// all that x86-64 allows.
__attribute__((target("popcnt"))) int64_t count_common_popcnt(const BitMask& a, const BitMask& b) {
  return count_common_words(a, b);
}
auto choose_counting() { return __builtin_cpu_supports("popcnt") ? count_common_popcnt : count_common_plain; }
#else
auto choose_counting() { return count_common_plain; }
#endif

// One set of masks in either form; only one of the two is filled.
struct MaskStack {
  std::vector<BitMask> bits;
  std::vector<std::int32_t> x, y0, y1;
  std::vector<int64_t> start;
  RunColumns runs{};
  std::vector<int64_t> pixels;
  int64_t n_words = 0, n_runs = 0;
};

void read_pixels(MaskStack& stack, const std::uint64_t* address, int64_t n_masks, int64_t lines, int64_t length,
                 int n_threads) {
  stack.bits.resize(static_cast<std::size_t>(n_masks));
  maskaudit::for_each_item(n_masks, n_threads, [&](int, int64_t k) {
    maskaudit::pack_pixels(reinterpret_cast<const std::uint8_t*>(address[k]), lines, length,
                           stack.bits[static_cast<std::size_t>(k)]);
  });
  for (const BitMask& mask : stack.bits) {
    stack.pixels.push_back(mask.pixels);
    stack.n_words += static_cast<int64_t>(mask.bits.size());
    stack.n_runs += mask.runs;
  }
}

void turn_into_runs(MaskStack& stack) {
  RunList runs;
  stack.start.push_back(0);
  for (BitMask& mask : stack.bits) {
    maskaudit::unpack_runs(mask, runs);
    for (const maskaudit::Run& run : runs) {
      stack.x.push_back(run.x);
      stack.y0.push_back(run.y0);
      stack.y1.push_back(run.y1);
    }
    stack.start.push_back(static_cast<int64_t>(stack.x.size()));
    mask = BitMask{};
  }
  stack.bits.clear();
  stack.runs = {stack.x.data(), stack.y0.data(), stack.y1.data(), stack.start.data()};
}

void read_runs(MaskStack& stack, const RunColumns& runs, int64_t n_masks) {
  stack.runs = runs;
  stack.n_runs = runs.start[n_masks];
  for (int64_t k = 0; k < n_masks; ++k) {
    const MaskColumns mask = look_at(runs, k);
    stack.pixels.push_back(count_pixels(mask));
    if (!mask.size) continue;
    const int top = *std::min_element(mask.y0, mask.y0 + mask.size);
    const int bottom = *std::max_element(mask.y1, mask.y1 + mask.size);
    stack.n_words += int64_t{mask.x[mask.size - 1] - mask.x[0] + 1} * ((bottom + 63) / 64 - top / 64);
  }
}

void turn_into_bits(MaskStack& stack, int64_t n_masks) {
  RunList runs;
  stack.bits.resize(static_cast<std::size_t>(n_masks));
  for (int64_t k = 0; k < n_masks; ++k) {
    stack.runs.load(k, runs);
    maskaudit::pack_runs(runs, stack.bits[static_cast<std::size_t>(k)]);
  }
}

double ratio(int64_t common, int64_t pixels_a, int64_t pixels_b, int64_t kind) {
  const int64_t whole = kind == kind_iou   ? pixels_a + pixels_b - common
                        : kind == kind_ioa ? pixels_a
                                           : std::min(pixels_a, pixels_b);
  return whole > 0 ? static_cast<double>(common) / static_cast<double>(whole) : 0.0;
}

// Fills the matrix; count(i, j) gives shared pixels. Of one set against itself only half is counted.
template <class Count>
std::vector<double> fill_matrix(const MaskStack& rows, const MaskStack& columns, bool is_square, int64_t kind,
                                int n_threads, Count&& count) {
  const auto n_rows = static_cast<int64_t>(rows.pixels.size()), n = static_cast<int64_t>(columns.pixels.size());
  std::vector<double> matrix(static_cast<std::size_t>(n_rows) * static_cast<std::size_t>(n));
  maskaudit::for_each_item(n_rows, n_threads, [&](int, int64_t i) {
    const int64_t pixels = rows.pixels[static_cast<std::size_t>(i)];
    for (int64_t j = is_square ? i : 0; j < n; ++j) {
      const int64_t of_column = columns.pixels[static_cast<std::size_t>(j)];
      const int64_t common = is_square && i == j ? pixels : count(i, j);
      if (!common) continue;
      matrix[static_cast<std::size_t>(i * n + j)] = ratio(common, pixels, of_column, kind);
      if (is_square) matrix[static_cast<std::size_t>(j * n + i)] = ratio(common, of_column, pixels, kind);
    }
  });
  return matrix;
}

std::vector<double> measure_bits(const MaskStack& rows, const MaskStack& columns, bool is_square, int64_t kind,
                                 int n_threads) {
  return fill_matrix(rows, columns, is_square, kind, n_threads,
                     [&, count = choose_counting()](int64_t i, int64_t j) {
                       return count(rows.bits[static_cast<std::size_t>(i)], columns.bits[static_cast<std::size_t>(j)]);
                     });
}

std::vector<double> measure_runs(const MaskStack& rows, const MaskStack& columns, bool is_square, int64_t kind,
                                 int n_threads) {
  struct Facts {
    std::int32_t first, last, top, bottom;
    bool plain;
  };
  const auto look = [](const MaskStack& stack) {
    std::vector<Facts> facts;
    for (std::size_t k = 0; k < stack.pixels.size(); ++k) {
      const MaskColumns mask = look_at(stack.runs, static_cast<int64_t>(k));
      if (!mask.size) {
        facts.push_back({0, -1, 0, 0, false});
        continue;
      }
      facts.push_back({mask.x[0], mask.x[mask.size - 1], *std::min_element(mask.y0, mask.y0 + mask.size),
                       *std::max_element(mask.y1, mask.y1 + mask.size), has_one_run_a_column(mask)});
    }
    return facts;
  };
  const std::vector<Facts> of_rows = look(rows), of_columns = look(columns);
  return fill_matrix(rows, columns, is_square, kind, n_threads, [&](int64_t i, int64_t j) -> int64_t {
    const Facts &a = of_rows[static_cast<std::size_t>(i)], &b = of_columns[static_cast<std::size_t>(j)];
    if (a.first > b.last || b.first > a.last || a.top >= b.bottom || b.top >= a.bottom) return 0;
    const MaskColumns one = look_at(rows.runs, i), two = look_at(columns.runs, j);
    return a.plain && b.plain ? count_common_columns(one, two) : count_common(one, two);
  });
}

}  // namespace

// Columns: overlap, (n_1, n_2) row by row. Masks are given as the addresses of their pixels, one byte each, line
// by line; with n_2 = -1 the first set is compared with itself.
MASKAUDIT_API maskaudit::Table* maskaudit_dense_overlap_matrix(
    const std::uint64_t* address_1, int64_t n_1, const std::uint64_t* address_2, int64_t n_2, int64_t lines,
    int64_t length, int64_t kind, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const int threads = static_cast<int>(n_threads);
    const bool is_square = n_2 < 0;
    MaskStack first, second;
    read_pixels(first, address_1, n_1, lines, length, threads);
    if (!is_square) read_pixels(second, address_2, n_2, lines, length, threads);
    MaskStack& columns = is_square ? first : second;
    if (first.n_words + second.n_words <= words_a_run * (first.n_runs + second.n_runs)) {
      table.add("overlap", measure_bits(first, columns, is_square, kind, threads));
      return;
    }
    turn_into_runs(first);
    if (!is_square) turn_into_runs(second);
    table.add("overlap", measure_runs(first, columns, is_square, kind, threads));
  });
}

// The same of masks as runs.
MASKAUDIT_API maskaudit::Table* maskaudit_run_overlap_matrix(
    const int64_t* start_1, const std::int32_t* x_1, const std::int32_t* y0_1, const std::int32_t* y1_1, int64_t n_1,
    const int64_t* start_2, const std::int32_t* x_2, const std::int32_t* y0_2, const std::int32_t* y1_2, int64_t n_2,
    int64_t kind, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const int threads = static_cast<int>(n_threads);
    const bool is_square = n_2 < 0;
    MaskStack first, second;
    read_runs(first, {x_1, y0_1, y1_1, start_1}, n_1);
    if (!is_square) read_runs(second, {x_2, y0_2, y1_2, start_2}, n_2);
    MaskStack& columns = is_square ? first : second;
    if (first.n_words + second.n_words > words_a_run * (first.n_runs + second.n_runs)) {
      table.add("overlap", measure_runs(first, columns, is_square, kind, threads));
      return;
    }
    turn_into_bits(first, n_1);
    if (!is_square) turn_into_bits(second, n_2);
    table.add("overlap", measure_bits(first, columns, is_square, kind, threads));
  });
}
