// The transforms of F(4x4, 3x3) for one tile and one vector of channels, written once for every vector width.
//
// Included by winograd_avx2.c and winograd_avx512.c, which define TARGET (the function attribute), `vector` (LANES
// floats) and load, store, splat, zero, add, subtract, multiply_add (a * b + c), maximum and minimum on it. Both
// compute each value by the same operations in the same order: their results are equal to the last bit.
#include <stdint.h>

#include "winograd_internal.h"

#define INLINE static inline TARGET __attribute__((always_inline))

/// Brings a value into the first-level cache. It may lie outside its map, then nothing happens: the address is made
/// from integers, because a pointer must not leave its object.
INLINE void fetch(const float *base, size_t offset) {
  __builtin_prefetch((const void *)((uintptr_t)base + offset * sizeof(float)), 0);
}

INLINE void fetch_to_write(const float *base, size_t offset) {
  __builtin_prefetch((const void *)((uintptr_t)base + offset * sizeof(float)), 1);
}

/// y = B^T d: six values along one axis of a patch.
INLINE void transform_input(const vector d[6], vector y[6]) {
  const vector two = splat(2), four = splat(4), minus_two = splat(-2), minus_four = splat(-4), minus_five = splat(-5);
  const vector even = multiply_add(minus_four, d[2], d[4]), odd = multiply_add(minus_four, d[1], d[3]);
  const vector near = subtract(d[4], d[2]), slope = subtract(d[3], d[1]);
  y[0] = multiply_add(four, d[0], multiply_add(minus_five, d[2], d[4]));
  y[1] = add(even, odd);
  y[2] = subtract(even, odd);
  y[3] = multiply_add(two, slope, near);
  y[4] = multiply_add(minus_two, slope, near);
  y[5] = multiply_add(four, d[1], multiply_add(minus_five, d[3], d[5]));
}

/// y = A^T m: the four outputs along one axis of a tile.
INLINE void transform_output(const vector m[6], vector y[4]) {
  const vector sum1 = add(m[1], m[2]), difference1 = subtract(m[1], m[2]);
  const vector sum2 = add(m[3], m[4]), difference2 = subtract(m[3], m[4]);
  y[0] = add(add(m[0], sum1), sum2);
  y[1] = multiply_add(splat(2), difference2, difference1);
  y[2] = multiply_add(splat(4), sum2, sum1);
  y[3] = add(multiply_add(splat(8), difference2, difference1), m[5]);
}

/// V = B^T d B.
/// - patch: 6 x 6 pixels, `row_step` and `pixel_step` values apart, LANES channels of each.
/// - v: the place of the tile and its first channel in plane 0; planes `plane` values apart.
/// Meanwhile the four columns that the next tile adds are fetched: maps are larger than the caches.
INLINE void transform_patch(const float *patch, size_t row_step, size_t pixel_step, float *v, size_t plane) {
  vector columns[6][6];
#pragma GCC unroll 6
  for (size_t j = 0; j < 6; j++) {
    vector d[6], y[6];
#pragma GCC unroll 6
    for (size_t i = 0; i < 6; i++) d[i] = load(patch + i * row_step + j * pixel_step);
    transform_input(d, y);
    if (j >= 2) {
#pragma GCC unroll 6
      for (size_t i = 0; i < 6; i++) fetch(patch, i * row_step + (j + TILE_SIDE) * pixel_step);
    }
#pragma GCC unroll 6
    for (size_t i = 0; i < 6; i++) columns[i][j] = y[i];
  }
#pragma GCC unroll 6
  for (size_t i = 0; i < 6; i++) {
    vector y[6];
    transform_input(columns[i], y);
#pragma GCC unroll 6
    for (size_t j = 0; j < 6; j++) store(v + (i * 6 + j) * plane, y[j]);
  }
}

/// Four rows of four pixels, LANES channels of each.
typedef struct {
  float *values;
  size_t row_step, pixel_step;
} tile_place;

/// output = prelu(A^T m A + bias) + residual.
/// - m: the tile and its first output in plane 0; planes `plane` values apart.
/// - residual: `values` may be null.
/// Meanwhile the next tile's place is fetched; not the place written where a store fills a whole line.
INLINE void transform_sums(const float *m, size_t plane, const float *bias, float slope, tile_place residual,
                           tile_place output) {
  vector rows[4][6];
#pragma GCC unroll 6
  for (size_t j = 0; j < 6; j++) {
    vector sums[6], y[4];
#pragma GCC unroll 6
    for (size_t i = 0; i < 6; i++) sums[i] = load(m + (i * 6 + j) * plane);
    transform_output(sums, y);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) rows[i][j] = y[i];
  }
  const vector shift = load(bias), factor = splat(slope);
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; i++) {
    vector y[4];
    transform_output(rows[i], y);
#pragma GCC unroll 4
    for (size_t j = 0; j < 4; j++) {
      if (LANES < LINE) fetch_to_write(output.values, i * output.row_step + (j + TILE_SIDE) * output.pixel_step);
      if (residual.values) fetch(residual.values, i * residual.row_step + (j + TILE_SIDE) * residual.pixel_step);
      // maximum and minimum give their second operand where one is not a number: it is not lost.
      const vector v = add(y[j], shift);
      vector result = multiply_add(factor, minimum(zero(), v), maximum(zero(), v));
      if (residual.values)
        result = add(result, load(residual.values + i * residual.row_step + j * residual.pixel_step));
      store(output.values + i * output.row_step + j * output.pixel_step, result);
    }
  }
}
