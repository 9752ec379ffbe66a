// Rows of pixels times weights: pointwise, strided and transposed convolutions, a row of outputs at a time.
//
// Maps are float32, pixel after pixel. What an output sees lies in a few runs of memory, one in each row of the map that
// it sees; what its neighbour sees may overlap it.
#ifndef SUPERTILE_ROW_PRODUCT_H
#define SUPERTILE_ROW_PRODUCT_H
#include <stdbool.h>
#include <stddef.h>

/// The instructions a kernel is written for. Both give the same values, to the last bit.
typedef enum { SUPERTILE_ROWS_AVX2, SUPERTILE_ROWS_AVX512, SUPERTILE_ROWS_KERNELS } supertile_row_kernel;

/// output = prelu(what is seen x weights + bias (+ output, if it accumulates)), prelu(v) = v > 0 ? v : slope * v.
typedef struct {
  /// Outputs of the row, pixels.
  size_t count;
  /// What the first one sees begins here.
  const float *pixels;
  /// Values between what one sees and what the next one sees.
  size_t pixel_step;
  /// Runs, values of each, and between the beginnings of two.
  size_t runs, run_values, run_step;
  /// Written by `supertile_row_pack`. 64-byte aligned.
  const float *weights;
  /// `supertile_row_padded_outputs` values, of which those beyond `outputs` do not matter.
  const float *bias;
  /// 1 means no activation.
  float slope;
  bool accumulate;
  /// count x outputs values, none of those read.
  float *output;
  size_t outputs;
} supertile_row_product;

/// Whether this CPU and its operating system run the kernel.
bool supertile_row_available(supertile_row_kernel kernel);

/// `outputs`, rounded up to whole panels.
size_t supertile_row_padded_outputs(size_t outputs);

/// Brings weights, `[seen][output]`, into the order that both kernels read: seen x padded outputs values.
void supertile_row_pack(size_t seen, size_t outputs, const float *weights, float *packed);

/// Computes the row on the calling thread. The kernel is available.
void supertile_row_apply(supertile_row_kernel kernel, const supertile_row_product *product);
#endif
