// Loops that are compiled twice, for processors with and without AVX2; the one that fits is chosen when the library is
// loaded. The bytes stay the same: operations on several numbers at a time round like those on one, and nothing is
// contracted (-ffp-contract=off).
#pragma once

#include <cstdlib>  // tells glibc, whose loader can choose

// The sanitizers cannot look into the function that chooses, which runs before they do.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define MASKAUDIT_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define MASKAUDIT_WIDE
#endif
