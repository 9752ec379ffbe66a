// The walk over a map, block of tiles after block of tiles, written once for every vector width.
//
// Included after winograd_transforms.h. The including file also defines PANEL, GROUP (tiles of a microkernel call) and
//   multiply_panel(inputs, v, v_stride, u, m, m_stride)
//     m[GROUP][PANEL] = v[GROUP][inputs] x u[inputs][PANEL], rows of v and m `v_stride` and `m_stride` values apart.
#include <string.h>

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// Copies the part of a tile or patch that lies inside: `rows` x `columns` pixels of `channels` values, from and to
/// pixels `from_step` and `to_step` values apart, rows `from_row` and `to_row` apart.
static inline void copy_pixels(const float *from, size_t from_row, size_t from_step, float *to, size_t to_row,
                               size_t to_step, size_t rows, size_t columns, size_t channels) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++)
      memcpy(to + i * to_row + j * to_step, from + i * from_row + j * from_step, channels * sizeof(float));
}

/// Transforms the patch of one tile, all channels of one map, into `v` (plane 0, the tile's first channel of the map).
/// - row, column: the tile's first output pixel; the patch begins one pixel before, in the border for the first tiles.
static TARGET void transform_tile_input(const supertile_convolution *job, const supertile_map *map, size_t row,
                                        size_t column, float *v, size_t plane) {
  const size_t channels = map->channels, row_step = (job->columns + 2) * channels;
  // From pixel (-1, -1), the corner of the border: pixel (row - 1, column - 1).
  const float *patch = map->origin - row_step - channels + row * row_step + column * channels;
  const size_t rows = smaller(PATCH_SIDE, job->rows + 2 - row);
  const size_t columns = smaller(PATCH_SIDE, job->columns + 2 - column);
  size_t channel = 0;
  if (rows == PATCH_SIDE && columns == PATCH_SIDE)
    for (; channel + LANES <= channels; channel += LANES)
      transform_patch(patch + channel, row_step, channels, v + channel, plane);
  // At the far borders, and for the last few channels, a copy completed with zeros.
  for (; channel < channels; channel += LANES) {
    float copy[POINTS * LANES] = {0};
    copy_pixels(patch + channel, row_step, channels, copy, PATCH_SIDE * LANES, LANES, rows, columns,
                smaller(LANES, channels - channel));
    transform_patch(copy, PATCH_SIDE * LANES, LANES, v + channel, plane);
  }
}

/// Where LANES outputs from `output` on are in a residual; null where they are not all in one of its maps.
static inline const supertile_map *residual_map(const supertile_convolution *job, size_t *output) {
  const supertile_map *map = &job->residual[0];
  if (*output >= map->channels) *output -= map++->channels;
  return *output + LANES <= map->channels ? map : NULL;
}

/// Copies what there is of LANES residual values from `output` on, for `rows` x `columns` pixels of a tile.
static void copy_residual(const supertile_convolution *job, size_t row, size_t column, size_t rows, size_t columns,
                          size_t output, size_t lanes, float *copy) {
  size_t first = 0;
  for (const supertile_map *map = job->residual; map < job->residual + 2; first += map++->channels) {
    const size_t begin = output > first ? output : first;
    const size_t end = smaller(output + lanes, first + map->channels);
    if (begin >= end) continue;
    const size_t row_step = (job->columns + 2) * map->channels;
    copy_pixels(map->origin + row * row_step + column * map->channels + begin - first, row_step, map->channels,
                copy + begin - output, TILE_SIDE * LANES, LANES, rows, columns, end - begin);
  }
}

/// Transforms the sums of one tile into outputs `first` to `first + count`.
/// - m: plane 0, the tile's output `first`.
static TARGET void transform_tile_sums(const supertile_convolution *job, size_t row, size_t column, size_t first,
                                       size_t count, const float *m) {
  const size_t pixel = row * (job->columns + 2) + column;
  const size_t rows = smaller(TILE_SIDE, job->rows - row), columns = smaller(TILE_SIDE, job->columns - column);
  const bool whole = rows == TILE_SIDE && columns == TILE_SIDE, adds = job->residual[0].channels > 0;
  for (size_t lane = 0; lane < count; lane += LANES) {
    const size_t output = first + lane, lanes = smaller(LANES, job->outputs - output);
    float *target = job->output + pixel * job->outputs + output;
    const tile_place place = {target, (job->columns + 2) * job->outputs, job->outputs};
    tile_place residual = {NULL, 0, 0};
    size_t channel = output;
    const supertile_map *map = adds ? residual_map(job, &channel) : NULL;
    if (whole && lanes == LANES && (map || !adds)) {
      if (map) {
        residual = (tile_place){(float *)map->origin + pixel * map->channels + channel,
                                (job->columns + 2) * map->channels, map->channels};
      }
      transform_sums(m + lane, m_plane(), job->bias + output, job->slope, residual, place);
      continue;
    }
    // At the far borders, and for the last few outputs, through copies.
    float copy[TILE_SIDE * TILE_SIDE * LANES] = {0}, result[TILE_SIDE * TILE_SIDE * LANES];
    const tile_place whole_tile = {result, TILE_SIDE * LANES, LANES};
    if (adds) {
      copy_residual(job, row, column, rows, columns, output, lanes, copy);
      residual = (tile_place){copy, TILE_SIDE * LANES, LANES};
    }
    transform_sums(m + lane, m_plane(), job->bias + output, job->slope, residual, whole_tile);
    copy_pixels(result, TILE_SIDE * LANES, LANES, target, place.row_step, place.pixel_step, rows, columns, lanes);
  }
}

static TARGET void convolve(const supertile_convolution *job, float *scratch) {
  const size_t inputs = job->input[0].channels + job->input[1].channels;
  const size_t padded = round_up(job->outputs, PANEL), stride = channel_stride(job);
  const size_t across = (job->columns + TILE_SIDE - 1) / TILE_SIDE;
  const size_t tiles = (job->rows + TILE_SIDE - 1) / TILE_SIDE * across;
  float *v = scratch, *m = scratch + POINTS * v_plane(job);
  for (size_t tile = 0; tile < tiles; tile += BLOCK_TILES) {
    const size_t count = smaller(BLOCK_TILES, tiles - tile), computed = round_up(count, GROUP);
    for (size_t t = 0; t < count; t++) {
      const size_t row = (tile + t) / across * TILE_SIDE, column = (tile + t) % across * TILE_SIDE;
      float *place = v + t * stride;
      transform_tile_input(job, &job->input[0], row, column, place, v_plane(job));
      if (job->input[1].channels)
        transform_tile_input(job, &job->input[1], row, column, place + job->input[0].channels, v_plane(job));
    }
    // The last block may end inside a group of tiles; what is computed for the others is not looked at.
    for (size_t point = 0; count < computed && point < POINTS; point++)
      memset(v + point * v_plane(job) + count * stride, 0, (computed - count) * stride * sizeof(float));
    for (size_t first = 0; first < padded; first += CHUNK_OUTPUTS) {
      const size_t chunk = smaller(CHUNK_OUTPUTS, padded - first);
      const float *u = job->weights + POINTS * inputs * first;
      for (size_t point = 0; point < POINTS; point++)
        for (size_t output = 0; output < chunk; output += PANEL, u += inputs * PANEL)
          for (size_t t = 0; t < computed; t += GROUP)
            multiply_panel(inputs, v + point * v_plane(job) + t * stride, stride, u,
                           m + point * m_plane() + t * CHUNK_OUTPUTS + output, CHUNK_OUTPUTS);
      for (size_t t = 0; t < count; t++) {
        const size_t row = (tile + t) / across * TILE_SIDE, column = (tile + t) % across * TILE_SIDE;
        transform_tile_sums(job, row, column, first, smaller(chunk, job->outputs - first), m + t * CHUNK_OUTPUTS);
      }
    }
  }
}
