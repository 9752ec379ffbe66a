// 3 x 3 convolutions by Winograd's F(4x4, 3x3): 36 products for 16 outputs where the definition takes 144.
//
// Maps are float32, pixel after pixel, with a border of one zero pixel on every side: `origin` is pixel (0, 0), and
// pixel (row, column) starts at origin + (row * (columns + 2) + column) * channels.
#ifndef SUPERTILE_WINOGRAD_H
#define SUPERTILE_WINOGRAD_H
#include <stdbool.h>
#include <stddef.h>

/// Instructions a kernel is written for.
typedef enum { SUPERTILE_WINOGRAD_AVX2, SUPERTILE_WINOGRAD_AVX512 } supertile_winograd_kernel;

/// A map that is read. `channels` 0 means there is none, and `origin` is not looked at.
typedef struct {
  const float *origin;
  size_t channels;
} supertile_map;

/// output = prelu(convolution(input) + bias) + residual, with prelu(v) = v > 0 ? v : slope * v.
typedef struct {
  /// Pixels of every map, borders not counted.
  size_t rows, columns;
  /// The channels of `input[0]`, then those of `input[1]`.
  supertile_map input[2];
  /// None, or as many channels as `outputs` together; never the output itself.
  supertile_map residual[2];
  /// Written by `supertile_winograd_pack`, for the same kernel, inputs and outputs. 64-byte aligned.
  const float *weights;
  /// `supertile_winograd_padded_outputs` values, of which those beyond `outputs` do not matter.
  const float *bias;
  /// 1 means no activation.
  float slope;
  /// Pixel (0, 0) of a map of `outputs` channels, none of the maps read. Its border is not written.
  float *output;
  size_t outputs;
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

/// Values of scratch memory that `supertile_winograd_apply` needs, whatever the size of the maps.
size_t supertile_winograd_scratch_count(supertile_winograd_kernel kernel, const supertile_convolution *convolution);

/// Computes the convolution on the calling thread. `scratch` is 64-byte aligned and in use by this call alone; the
/// kernel is available.
void supertile_winograd_apply(supertile_winograd_kernel kernel, const supertile_convolution *convolution,
                              float *scratch);
#endif
