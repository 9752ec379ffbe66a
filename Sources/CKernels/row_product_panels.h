// The walk over a row, written once for both vector widths: block of pixels after block, panel after panel of outputs.
//
// Included after vectors_avx2.h or vectors_avx512.h. The including file defines GROUP (pixels of a microkernel call), and
// gets `multiply_row`.
#include <string.h>

#include "row_product_internal.h"

enum {
  /// Vectors of a microkernel call, and those of a panel.
  MOST_VECTORS = 2,
  PANEL_VECTORS = ROW_PANEL / LANES,
};

/// Bias, what is there already, and activation: one vector of outputs of one pixel, from output `first` on.
INLINE void finish(const supertile_row_product *product, vector sum, size_t first, float *target) {
  if (first >= product->outputs) return;
  const size_t left = product->outputs - first;
  float part[LANES];
  sum = add(sum, load(product->bias + first));
  if (product->accumulate) {
    if (left < LANES) memcpy(part, target, left * sizeof(float));
    sum = add(sum, load(left < LANES ? part : target));
  }
  // maximum and minimum give their second operand where one is not a number: it is not lost.
  sum = multiply_add(splat(product->slope), minimum(zero(), sum), maximum(zero(), sum));
  if (left < LANES) {
    store(part, sum);
    memcpy(target, part, left * sizeof(float));
  } else {
    store(target, sum);
  }
}

/// `group` pixels x `vectors` vectors of outputs; both are constants of each call.
/// - panel: the first panel's number; two vectors are one panel or two.
INLINE void multiply_group(const supertile_row_product *product, size_t panel, size_t pixel, const size_t group,
                           const size_t vectors) {
  const size_t seen = product->runs * product->run_values, step = product->pixel_step;
  const float *weights = product->weights + panel * seen * ROW_PANEL;
  /// Values from the first vector of weights to the second.
  const size_t second = PANEL_VECTORS > 1 ? LANES : seen * ROW_PANEL;
  vector sums[GROUP][MOST_VECTORS];
#pragma GCC unroll 12
  for (size_t p = 0; p < group; p++)
    for (size_t v = 0; v < vectors; v++) sums[p][v] = zero();
  for (size_t run = 0; run < product->runs; run++) {
    const float *values = product->pixels + run * product->run_step + pixel * step;
    for (size_t i = 0; i < product->run_values; i++, weights += ROW_PANEL) {
      const vector low = load(weights), high = vectors > 1 ? load(weights + second) : zero();
#pragma GCC unroll 12
      for (size_t p = 0; p < group; p++) {
        const vector value = splat(values[p * step + i]);
        sums[p][0] = multiply_add(value, low, sums[p][0]);
        if (vectors > 1) sums[p][1] = multiply_add(value, high, sums[p][1]);
      }
    }
  }
  const size_t first = panel * ROW_PANEL;
  float *target = product->output + pixel * product->outputs + first;
#pragma GCC unroll 12
  for (size_t p = 0; p < group; p++, target += product->outputs) {
    finish(product, sums[p][0], first, target);
    if (vectors > 1) finish(product, sums[p][1], first + LANES, target + LANES);
  }
}

/// Pixels `pixel` to `end` of `vectors` vectors of outputs.
INLINE void multiply_pixels(const supertile_row_product *product, size_t panel, size_t pixel, size_t end,
                            const size_t vectors) {
  for (; pixel + GROUP <= end; pixel += GROUP) multiply_group(product, panel, pixel, GROUP, vectors);
  for (; pixel < end; pixel++) multiply_group(product, panel, pixel, 1, vectors);
}

static TARGET void multiply_row(const supertile_row_product *product) {
  const size_t panels = supertile_row_padded_outputs(product->outputs) / ROW_PANEL;
  const size_t step = MOST_VECTORS / PANEL_VECTORS;
  for (size_t pixel = 0; pixel < product->count; pixel += ROW_BLOCK) {
    const size_t end = pixel + ROW_BLOCK < product->count ? pixel + ROW_BLOCK : product->count;
    size_t panel = 0;
    for (; panel + step <= panels; panel += step) multiply_pixels(product, panel, pixel, end, MOST_VECTORS);
    for (; panel < panels; panel++) multiply_pixels(product, panel, pixel, end, PANEL_VECTORS);
  }
}
