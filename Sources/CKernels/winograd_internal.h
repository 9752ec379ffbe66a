// What the Winograd kernels share: sizes, and the layout of their buffers.
//
// C inputs, K outputs, P = 36 points of the transformed plane, T tiles in a block. A panel is the outputs one call of a
// microkernel computes; a chunk is the panels that share one pass over the transformed input.
//   weights U  [chunk][P][panel in chunk][C][output in panel]
//   input   V  [P][T][channel stride], planes `v_plane` values apart
//   sums    M  [P][T][outputs of the chunk], planes `m_plane` values apart
// Planes are a cache line further apart than they are long: else all 36 would start in the same cache set.
#ifndef SUPERTILE_WINOGRAD_INTERNAL_H
#define SUPERTILE_WINOGRAD_INTERNAL_H
#include "winograd.h"

enum {
  /// Outputs of a tile along one axis, and the inputs they see.
  TILE_SIDE = 4,
  PATCH_SIDE = 6,
  POINTS = PATCH_SIDE * PATCH_SIDE,
  /// T: a multiple of the tiles of either microkernel. V and M of 64 channels take 0.4 MB: they stay in the
  /// second-level cache.
  BLOCK_TILES = 24,
  /// Outputs of a chunk, a multiple of both kernels' panels.
  CHUNK_OUTPUTS = 64,
  /// Values of a cache line.
  LINE = 16,
  AVX2_PANEL = 16,
  AVX512_PANEL = 32,
};

static inline size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }

/// Channels of V between two tiles. Each map of the input is written in whole vectors of up to a line.
static inline size_t channel_stride(const supertile_convolution *job) {
  return round_up(job->input[0].channels + round_up(job->input[1].channels, LINE), LINE);
}

static inline size_t v_plane(const supertile_convolution *job) { return BLOCK_TILES * channel_stride(job) + LINE; }

static inline size_t m_plane(void) { return BLOCK_TILES * CHUNK_OUTPUTS + LINE; }

void supertile_winograd_f4_avx2(const supertile_convolution *job, float *scratch);
void supertile_winograd_f4_avx512(const supertile_convolution *job, float *scratch);
#endif
