/* SPDX-License-Identifier: MIT */
#include "plugin/detector/dots.h"

#include "plugin/detector/fixed.h"

static int16_t dot(const float *weights, const int16_t *row, size_t n) {
  lanes_t sums = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + LANES_NUM <= n; i += LANES_NUM)
    sums += lanes_load(weights + i) * lanes_load_fixed(row + i);
  for (; i < n; i++)
    sums[0] += weights[i] * row[i];
  return fixed_from(lanes_sum(sums) / FIXED_ONE);
}

/* The same of four rows at once: additions of one row wait for each other. */
static void four(const float *weights, const int16_t *const rows[4], size_t n,
                 int16_t *values) {
  const int16_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
  lanes_t p = {0, 0, 0, 0}, q = p, r = p, s = p;
  size_t i = 0;
#pragma GCC unroll 4
  for (; i + LANES_NUM <= n; i += LANES_NUM) {
    lanes_t weight = lanes_load(weights + i);
    p += weight * lanes_load_fixed(a + i);
    q += weight * lanes_load_fixed(b + i);
    r += weight * lanes_load_fixed(c + i);
    s += weight * lanes_load_fixed(d + i);
  }
  lanes_t first = {p[0], q[0], r[0], s[0]}, second = {p[1], q[1], r[1], s[1]};
  lanes_t third = {p[2], q[2], r[2], s[2]}, fourth = {p[3], q[3], r[3], s[3]};
  for (; i < n; i++)
    first += weights[i] * (lanes_t){a[i], b[i], c[i], d[i]};
  lanes_t sums = ((first + second) + (third + fourth)) / FIXED_ONE;
  for (size_t k = 0; k < 4; k++)
    values[k] = fixed_from(sums[k]);
}

void dots(const float *weights, const int16_t *cells, size_t n,
          const uint32_t *rows, size_t rows_num, int16_t *values) {
  size_t i = 0;
  for (; i + 4 <= rows_num; i += 4) {
    const int16_t *block[] = {cells + rows[i] * n, cells + rows[i + 1] * n,
                              cells + rows[i + 2] * n, cells + rows[i + 3] * n};
    four(weights, block, n, values + i);
  }
  for (; i < rows_num; i++)
    values[i] = dot(weights, cells + rows[i] * n, n);
}
