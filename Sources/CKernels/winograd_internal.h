// What the Winograd kernels share: shapes, and the layout of their buffers.
//
// C inputs, K outputs, P points of the transformed plane, T tiles in a block. A panel is the outputs one call of a
// microkernel computes; a chunk is the panels that share one pass over the transformed input.
//   weights U  [chunk][P][panel in chunk][C][output in panel]
//   input   V  [P][T][channel stride], planes `v_plane` values apart
//   sums    M  [P][T][outputs of the chunk], planes `m_plane` values apart
// Planes are a cache line further apart than they are long: else all of them would start in the same cache set.
#ifndef SUPERTILE_WINOGRAD_INTERNAL_H
#define SUPERTILE_WINOGRAD_INTERNAL_H
#include "winograd.h"

// Points at which four outputs along an axis are evaluated: 0, +-A4, +-B4, infinity; six: 0, +-A6, +-B6, +-C6, infinity.
// Of all multiples of 1/8, A4 and B4 lose the fewest digits: half the error of 1 and 2. A6 to C6 are within 2 % of the
// best for F(4x6, 3x3), a quarter better than the usual 1/2, 1 and 2, and no better than those for F(6x6, 3x3)
// (Benchmarks/winograd-points.py).
// Products of them are exact in float32.
#define A4 0.625f
#define B4 1.625f
#define A6 0.5f
#define B6 1.0f
#define C6 1.75f

enum {
  /// T: a multiple of the tiles of either microkernel, so that V and M stay in the second-level cache.
  BLOCK_TILES = 12,
  /// Outputs of a chunk, a multiple of both kernels' panels.
  CHUNK_OUTPUTS = 64,
  /// Values of a cache line.
  LINE = 16,
  AVX2_PANEL = 16,
  AVX512_PANEL = 32,
  /// The largest P: that of F(6x6, 3x3).
  MOST_POINTS = 64,
};

static inline size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }

/// Channels of V between two tiles. Each map of the input is written in whole vectors of up to a line.
static inline size_t channel_stride(const supertile_convolution *job) {
  return round_up(job->input[0].channels + round_up(job->input[1].channels, LINE), LINE);
}

static inline size_t v_plane(const supertile_convolution *job) { return BLOCK_TILES * channel_stride(job) + LINE; }

static inline size_t m_plane(void) { return BLOCK_TILES * CHUNK_OUTPUTS + LINE; }

void supertile_winograd_avx2_4x4(const supertile_convolution *job, float *scratch);
void supertile_winograd_avx2_4x6(const supertile_convolution *job, float *scratch);
void supertile_winograd_avx2_6x6(const supertile_convolution *job, float *scratch);
void supertile_winograd_avx512_4x4(const supertile_convolution *job, float *scratch);
void supertile_winograd_avx512_4x6(const supertile_convolution *job, float *scratch);
void supertile_winograd_avx512_6x6(const supertile_convolution *job, float *scratch);
#endif
