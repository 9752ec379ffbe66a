// The transforms along one axis, for one vector of channels, written once for every vector width.
//
// Included after vectors_avx2.h or vectors_avx512.h, which define TARGET (the function attribute), INLINE, `vector` (LANES
// floats) and load, store, splat, zero, add, subtract, multiply, multiply_add (a * b + c), maximum and minimum on it.
// Both compute each value by the same operations in the same order: their results are equal to the last bit.
#include <stdint.h>
#include <string.h>

#include "winograd_internal.h"

/// Brings a value into the first-level cache. It may lie outside its map, then nothing happens: the address is made
/// from integers, because a pointer must not leave its object.
INLINE void fetch(const float *base, size_t offset) {
  __builtin_prefetch((const void *)((uintptr_t)base + offset * sizeof(float)), 0);
}

INLINE void fetch_to_write(const float *base, size_t offset) {
  __builtin_prefetch((const void *)((uintptr_t)base + offset * sizeof(float)), 1);
}

/// Brings `count` values into the second-level cache; where they are is as unsure.
INLINE void fetch_ahead(const float *base, size_t offset, size_t count) {
  for (size_t i = 0; i < count; i += LINE)
    __builtin_prefetch((const void *)((uintptr_t)base + (offset + i) * sizeof(float)), 0, 2);
}

/// y = B^T d for four outputs: the six values they see, at the points 0, A4, -A4, B4, -B4, infinity.
INLINE void transform_input_4(const vector d[6], vector y[6]) {
  const vector a2 = splat(-A4 * A4), b2 = splat(-B4 * B4), sum = splat(-(A4 * A4 + B4 * B4));
  const vector product = splat(A4 * A4 * B4 * B4);
  const vector even_a = multiply_add(b2, d[2], d[4]), odd_a = multiply_add(b2, d[1], d[3]);
  const vector even_b = multiply_add(a2, d[2], d[4]), odd_b = multiply_add(a2, d[1], d[3]);
  y[0] = multiply_add(product, d[0], multiply_add(sum, d[2], d[4]));
  y[1] = multiply_add(splat(A4), odd_a, even_a);
  y[2] = multiply_add(splat(-A4), odd_a, even_a);
  y[3] = multiply_add(splat(B4), odd_b, even_b);
  y[4] = multiply_add(splat(-B4), odd_b, even_b);
  y[5] = multiply_add(product, d[1], multiply_add(sum, d[3], d[5]));
}

/// y = A^T m: four outputs of six points.
INLINE void transform_output_4(const vector m[6], vector y[4]) {
  const vector sum_a = add(m[1], m[2]), odd_a = subtract(m[1], m[2]);
  const vector sum_b = add(m[3], m[4]), odd_b = subtract(m[3], m[4]);
  y[0] = add(add(m[0], sum_a), sum_b);
  y[1] = multiply_add(splat(A4), odd_a, multiply(splat(B4), odd_b));
  y[2] = multiply_add(splat(A4 * A4), sum_a, multiply(splat(B4 * B4), sum_b));
  y[3] = multiply_add(splat(A4 * A4 * A4), odd_a, multiply_add(splat(B4 * B4 * B4), odd_b, m[5]));
}

/// x^4 - (p^2 + q^2) x^2 + p^2 q^2 on every second value: what two pairs of points have in common.
INLINE vector without(const vector d[], float p, float q) {
  return multiply_add(splat(p * p * q * q), d[0], multiply_add(splat(-(p * p + q * q)), d[2], d[4]));
}

/// y = B^T d for six outputs: the eight values they see, at the points 0, A6, -A6, B6, -B6, C6, -C6, infinity.
INLINE void transform_input_6(const vector d[8], vector y[8]) {
  const vector s1 = splat(-(A6 * A6 + B6 * B6 + C6 * C6)), s3 = splat(-(A6 * A6 * B6 * B6 * C6 * C6));
  const vector s2 = splat(A6 * A6 * B6 * B6 + A6 * A6 * C6 * C6 + B6 * B6 * C6 * C6);
  const vector even_a = without(d + 2, B6, C6), odd_a = without(d + 1, B6, C6);
  const vector even_b = without(d + 2, A6, C6), odd_b = without(d + 1, A6, C6);
  const vector even_c = without(d + 2, A6, B6), odd_c = without(d + 1, A6, B6);
  y[0] = multiply_add(s3, d[0], multiply_add(s2, d[2], multiply_add(s1, d[4], d[6])));
  y[1] = multiply_add(splat(A6), odd_a, even_a);
  y[2] = multiply_add(splat(-A6), odd_a, even_a);
  y[3] = multiply_add(splat(B6), odd_b, even_b);
  y[4] = multiply_add(splat(-B6), odd_b, even_b);
  y[5] = multiply_add(splat(C6), odd_c, even_c);
  y[6] = multiply_add(splat(-C6), odd_c, even_c);
  y[7] = multiply_add(s3, d[1], multiply_add(s2, d[3], multiply_add(s1, d[5], d[7])));
}

/// a A + b B + c C + rest: one output's sum over three pairs of points.
INLINE vector weighted(const vector pair[3], float a, float b, float c, vector rest) {
  return multiply_add(splat(a), pair[0], multiply_add(splat(b), pair[1], multiply_add(splat(c), pair[2], rest)));
}

/// y = A^T m: six outputs of eight points.
INLINE void transform_output_6(const vector m[8], vector y[6]) {
  const vector sums[3] = {add(m[1], m[2]), add(m[3], m[4]), add(m[5], m[6])};
  const vector odds[3] = {subtract(m[1], m[2]), subtract(m[3], m[4]), subtract(m[5], m[6])};
  const float a2 = A6 * A6, b2 = B6 * B6, c2 = C6 * C6;
  y[0] = add(add(m[0], sums[0]), add(sums[1], sums[2]));
  y[1] = weighted(odds, A6, B6, C6, zero());
  y[2] = weighted(sums, a2, b2, c2, zero());
  y[3] = weighted(odds, a2 * A6, b2 * B6, c2 * C6, zero());
  y[4] = weighted(sums, a2 * a2, b2 * b2, c2 * c2, zero());
  y[5] = weighted(odds, a2 * a2 * A6, b2 * b2 * B6, c2 * c2 * C6, m[7]);
}

/// A tile of outputs, LANES channels of each.
typedef struct {
  float *values;
  size_t row_step, pixel_step;
} tile_place;

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// Copies the part of a tile or patch that lies inside: `rows` x `columns` pixels of `channels` values, from and to
/// pixels `from_step` and `to_step` values apart, rows `from_row` and `to_row` apart.
static inline void copy_pixels(const float *from, size_t from_row, size_t from_step, float *to, size_t to_row,
                               size_t to_step, size_t rows, size_t columns, size_t channels) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++)
      memcpy(to + i * to_row + j * to_step, from + i * from_row + j * from_step, channels * sizeof(float));
}

/// Where LANES outputs from `output` on are in a residual; null where they are not all in one of its maps.
static inline const supertile_map *residual_map(const supertile_convolution *job, size_t *output) {
  const supertile_map *map = &job->residual[0];
  if (*output >= map->channels) *output -= map++->channels;
  return *output + LANES <= map->channels ? map : NULL;
}
