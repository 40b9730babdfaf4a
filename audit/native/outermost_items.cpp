// How many items a set covers, leaving out those that lie in another covered one.
#include "table.h"

#include <cstdint>
#include <vector>

// Columns: count, (n_sets). Set s covers item[k] for k in [set_start[s], set_start[s + 1]), none twice; in item i lie
// inner[k] for k in [inner_start[i], inner_start[i + 1]).
MASKAUDIT_API maskaudit::Table* maskaudit_count_outermost(const std::int64_t* set_start, const std::int64_t* item,
                                                          std::int64_t n_sets, const std::int64_t* inner_start,
                                                          const std::int64_t* inner, std::int64_t n_items) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<std::int64_t> count(static_cast<std::size_t>(n_sets));
    // The set that covers an item, and the one in which it was counted out: no list is cleared between sets.
    std::vector<std::int64_t> covered_by(static_cast<std::size_t>(n_items), -1), hidden_in(covered_by);
    for (std::int64_t set = 0; set < n_sets; ++set) {
      std::int64_t n_outermost = set_start[set + 1] - set_start[set];
      for (std::int64_t k = set_start[set]; k < set_start[set + 1]; ++k)
        covered_by[static_cast<std::size_t>(item[k])] = set;
      for (std::int64_t k = set_start[set]; k < set_start[set + 1]; ++k)
        for (std::int64_t j = inner_start[item[k]]; j < inner_start[item[k] + 1]; ++j) {
          const auto below = static_cast<std::size_t>(inner[j]);
          if (covered_by[below] != set || hidden_in[below] == set) continue;
          hidden_in[below] = set;
          --n_outermost;
        }
      count[static_cast<std::size_t>(set)] = n_outermost;
    }
    table.add("count", std::move(count));
  });
}
