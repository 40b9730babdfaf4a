#include "gaussian.h"

#include "wide.h"

namespace maskaudit {

MASKAUDIT_WIDE void weigh_lines(const double* const* lines, const double* weights, std::int64_t length, double* sums) {
  const double *a = lines[0], *b = lines[1], *c = lines[2], *d = lines[3], *middle = lines[4];
  const double *e = lines[5], *f = lines[6], *g = lines[7], *h = lines[8];
  const double w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4];
  for (std::int64_t k = 0; k < length; ++k) {
    double sum = middle[k] * w0;
    sum += (a[k] + h[k]) * w4;
    sum += (b[k] + g[k]) * w3;
    sum += (c[k] + f[k]) * w2;
    sum += (d[k] + e[k]) * w1;
    sums[k] = sum;
  }
}

}  // namespace maskaudit
