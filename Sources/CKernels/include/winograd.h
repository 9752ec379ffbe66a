// 3 x 3 convolutions by Winograd's F(4x4, 3x3), F(4x6, 3x3) and F(6x6, 3x3): a tile of 4 x 6 outputs takes 48 products
// where the definition takes 216.
//
// Maps are float32, pixel after pixel. A kernel reads one pixel around the region it computes, which is there on every
// side: a zero at the border of a map, another pixel inside it.
#ifndef SUPERTILE_WINOGRAD_H
#define SUPERTILE_WINOGRAD_H
#include <stdbool.h>
#include <stddef.h>

/// Outputs of a tile, rows x columns, and the instructions a kernel is written for.
typedef enum {
  SUPERTILE_WINOGRAD_F4_AVX2,
  SUPERTILE_WINOGRAD_F4_AVX512,
  SUPERTILE_WINOGRAD_F4X6_AVX2,
  SUPERTILE_WINOGRAD_F4X6_AVX512,
  SUPERTILE_WINOGRAD_F6_AVX2,
  SUPERTILE_WINOGRAD_F6_AVX512,
  SUPERTILE_WINOGRAD_KERNELS,
} supertile_winograd_kernel;

/// A map that is read. `channels` 0 means there is none, and `origin` is not looked at.
typedef struct {
  /// The region's first pixel.
  const float *origin;
  size_t channels;
  /// Values between two rows.
  size_t row_step;
} supertile_map;

/// output = prelu(convolution(input) + bias) + residual, with prelu(v) = v > 0 ? v : slope * v.
typedef struct {
  /// Pixels of the region.
  size_t rows, columns;
  /// The channels of `input[0]`, then those of `input[1]`.
  supertile_map input[2];
  /// None, or as many channels as `outputs` together; never the output itself.
  supertile_map residual[2];
  /// Whether the residual belongs to the sum: output = prelu(convolution(input) + bias + residual).
  bool residual_first;
  /// Written by `supertile_winograd_pack`, for the same kernel, inputs and outputs. 64-byte aligned.
  const float *weights;
  /// `supertile_winograd_padded_outputs` values, of which those beyond `outputs` do not matter.
  const float *bias;
  /// 1 means no activation.
  float slope;
  /// The region's first pixel in a map of `outputs` channels, none of the maps read. Nothing else of it is written.
  float *output;
  size_t outputs, output_row_step;
} supertile_convolution;

/// Whether this CPU and its operating system run the kernel.
bool supertile_winograd_available(supertile_winograd_kernel kernel);

/// `outputs`, rounded up to whole panels of the kernel.
size_t supertile_winograd_padded_outputs(supertile_winograd_kernel kernel, size_t outputs);

/// Values `supertile_winograd_pack` writes.
size_t supertile_winograd_weight_count(supertile_winograd_kernel kernel, size_t inputs, size_t outputs);

/// Transforms weights, `[output][input][3][3]`, into what the kernel reads.
void supertile_winograd_pack(supertile_winograd_kernel kernel, size_t inputs, size_t outputs, const float *weights,
                             float *packed);

/// Values of scratch memory that `supertile_winograd_apply` needs, whatever the size of the region.
size_t supertile_winograd_scratch_count(supertile_winograd_kernel kernel, const supertile_convolution *convolution);

/// Computes the convolution on the calling thread. `scratch` is 64-byte aligned and in use by this call alone; the
/// kernel is available.
void supertile_winograd_apply(supertile_winograd_kernel kernel, const supertile_convolution *convolution,
                              float *scratch);
#endif
