// The walk over a region, block of tiles after block of tiles, written once for every shape of tile and vector width.
//
// Included after winograd_transforms.h, once for each shape. The including file defines
//   TILE_ROWS, TILE_COLUMNS: outputs of a tile; 4 or 6
//   PANEL, GROUP: outputs and tiles of a microkernel call
//   multiply_panel(inputs, v, v_stride, u, m, m_stride)
//     m[GROUP][PANEL] = v[GROUP][inputs] x u[inputs][PANEL], rows of v and m `v_stride` and `m_stride` values apart
// and gets NAME(convolve), where NAME appends the shape.
#define PATCH_ROWS (TILE_ROWS + 2)
#define PATCH_COLUMNS (TILE_COLUMNS + 2)
#define POINTS (PATCH_ROWS * PATCH_COLUMNS)
#define JOIN_(a, b, c, d) a##b##c##d
#define JOIN(a, b, c, d) JOIN_(a, b, c, d)
#define NAME(function) JOIN(function##_, TILE_ROWS, x, TILE_COLUMNS)
#define ALONG(transform, count) JOIN(transform, _, count, )

/// V = B^T d B.
/// - patch: its pixels `row_step` and `pixel_step` values apart, LANES channels of each.
/// - v: the place of the tile and its first channel in plane 0; planes `plane` values apart.
/// Meanwhile the columns that the next tile adds are fetched: maps are larger than the caches.
INLINE void NAME(transform_patch)(const float *patch, size_t row_step, size_t pixel_step, float *v, size_t plane) {
  vector columns[PATCH_ROWS][PATCH_COLUMNS];
#pragma GCC unroll 8
  for (size_t j = 0; j < PATCH_COLUMNS; j++) {
    vector d[PATCH_ROWS], y[PATCH_ROWS];
#pragma GCC unroll 8
    for (size_t i = 0; i < PATCH_ROWS; i++) d[i] = load(patch + i * row_step + j * pixel_step);
    ALONG(transform_input, TILE_ROWS)(d, y);
    if (j >= 2) {
#pragma GCC unroll 8
      for (size_t i = 0; i < PATCH_ROWS; i++) fetch(patch, i * row_step + (j + TILE_COLUMNS) * pixel_step);
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < PATCH_ROWS; i++) columns[i][j] = y[i];
  }
#pragma GCC unroll 8
  for (size_t i = 0; i < PATCH_ROWS; i++) {
    vector y[PATCH_COLUMNS];
    ALONG(transform_input, TILE_COLUMNS)(columns[i], y);
#pragma GCC unroll 8
    for (size_t j = 0; j < PATCH_COLUMNS; j++) store(v + (i * PATCH_COLUMNS + j) * plane, y[j]);
  }
}

/// output = prelu(A^T m A + bias) + residual, or prelu(A^T m A + bias + residual) where `first`.
/// - m: the tile and its first output in plane 0; planes `plane` values apart.
/// - residual: `values` may be null.
/// Meanwhile the next tile's place is fetched; not the place written where a store fills a whole line.
INLINE void NAME(transform_sums)(const float *m, size_t plane, const float *bias, float slope, tile_place residual,
                                 bool first, tile_place output) {
  vector rows[TILE_ROWS][PATCH_COLUMNS];
#pragma GCC unroll 8
  for (size_t j = 0; j < PATCH_COLUMNS; j++) {
    vector sums[PATCH_ROWS], y[TILE_ROWS];
#pragma GCC unroll 8
    for (size_t i = 0; i < PATCH_ROWS; i++) sums[i] = load(m + (i * PATCH_COLUMNS + j) * plane);
    ALONG(transform_output, TILE_ROWS)(sums, y);
#pragma GCC unroll 8
    for (size_t i = 0; i < TILE_ROWS; i++) rows[i][j] = y[i];
  }
  const vector shift = load(bias), factor = splat(slope);
#pragma GCC unroll 8
  for (size_t i = 0; i < TILE_ROWS; i++) {
    vector y[TILE_COLUMNS];
    ALONG(transform_output, TILE_COLUMNS)(rows[i], y);
#pragma GCC unroll 8
    for (size_t j = 0; j < TILE_COLUMNS; j++) {
      if (LANES < LINE) fetch_to_write(output.values, i * output.row_step + (j + TILE_COLUMNS) * output.pixel_step);
      vector v = add(y[j], shift), added = zero();
      if (residual.values) {
        const size_t place = i * residual.row_step + j * residual.pixel_step;
        fetch(residual.values, place + TILE_COLUMNS * residual.pixel_step);
        added = load(residual.values + place);
        if (first) v = add(v, added);
      }
      // maximum and minimum give their second operand where one is not a number: it is not lost.
      vector result = multiply_add(factor, minimum(zero(), v), maximum(zero(), v));
      if (residual.values && !first) result = add(result, added);
      store(output.values + i * output.row_step + j * output.pixel_step, result);
    }
  }
}

/// Transforms the patch of one tile, all channels of one map, into `v` (plane 0, the tile's first channel of the map).
/// - row, column: the tile's first output pixel; the patch begins one pixel before.
static TARGET void NAME(transform_tile_input)(const supertile_convolution *job, const supertile_map *map, size_t row,
                                              size_t column, float *v, size_t plane) {
  const size_t channels = map->channels, row_step = map->row_step;
  // From pixel (-1, -1): pixel (row - 1, column - 1).
  const float *patch = map->origin - row_step - channels + row * row_step + column * channels;
  const size_t rows = smaller(PATCH_ROWS, job->rows + 2 - row);
  const size_t columns = smaller(PATCH_COLUMNS, job->columns + 2 - column);
  size_t channel = 0;
  if (rows == PATCH_ROWS && columns == PATCH_COLUMNS)
    for (; channel + LANES <= channels; channel += LANES)
      NAME(transform_patch)(patch + channel, row_step, channels, v + channel, plane);
  // At the far borders, and for the last few channels, a copy completed with zeros.
  for (; channel < channels; channel += LANES) {
    float copy[POINTS * LANES] = {0};
    copy_pixels(patch + channel, row_step, channels, copy, PATCH_COLUMNS * LANES, LANES, rows, columns,
                smaller(LANES, channels - channel));
    NAME(transform_patch)(copy, PATCH_COLUMNS * LANES, LANES, v + channel, plane);
  }
}

/// Copies what there is of LANES residual values from `output` on, for `rows` x `columns` pixels of a tile.
static void NAME(copy_residual)(const supertile_convolution *job, size_t row, size_t column, size_t rows,
                                size_t columns, size_t output, size_t lanes, float *copy) {
  size_t first = 0;
  for (const supertile_map *map = job->residual; map < job->residual + 2; first += map++->channels) {
    const size_t begin = output > first ? output : first;
    const size_t end = smaller(output + lanes, first + map->channels);
    if (begin >= end) continue;
    copy_pixels(map->origin + row * map->row_step + column * map->channels + begin - first, map->row_step,
                map->channels, copy + begin - output, TILE_COLUMNS * LANES, LANES, rows, columns, end - begin);
  }
}

/// Transforms the sums of one tile into outputs `first` to `first + count`.
/// - m: plane 0, the tile's output `first`.
static TARGET void NAME(transform_tile_sums)(const supertile_convolution *job, size_t row, size_t column, size_t first,
                                             size_t count, const float *m) {
  const size_t rows = smaller(TILE_ROWS, job->rows - row), columns = smaller(TILE_COLUMNS, job->columns - column);
  const bool whole = rows == TILE_ROWS && columns == TILE_COLUMNS, adds = job->residual[0].channels > 0;
  for (size_t lane = 0; lane < count; lane += LANES) {
    const size_t output = first + lane, lanes = smaller(LANES, job->outputs - output);
    float *target = job->output + row * job->output_row_step + column * job->outputs + output;
    const tile_place place = {target, job->output_row_step, job->outputs};
    tile_place residual = {NULL, 0, 0};
    size_t channel = output;
    const supertile_map *map = adds ? residual_map(job, &channel) : NULL;
    if (whole && lanes == LANES && (map || !adds)) {
      if (map)
        residual = (tile_place){(float *)map->origin + row * map->row_step + column * map->channels + channel,
                                map->row_step, map->channels};
      NAME(transform_sums)(m + lane, m_plane(), job->bias + output, job->slope, residual, job->residual_first, place);
      continue;
    }
    // At the far borders, and for the last few outputs, through copies.
    float copy[TILE_ROWS * TILE_COLUMNS * LANES] = {0}, result[TILE_ROWS * TILE_COLUMNS * LANES];
    const tile_place whole_tile = {result, TILE_COLUMNS * LANES, LANES};
    if (adds) {
      NAME(copy_residual)(job, row, column, rows, columns, output, lanes, copy);
      residual = (tile_place){copy, TILE_COLUMNS * LANES, LANES};
    }
    NAME(transform_sums)(m + lane, m_plane(), job->bias + output, job->slope, residual, job->residual_first,
                         whole_tile);
    copy_pixels(result, TILE_COLUMNS * LANES, LANES, target, place.row_step, place.pixel_step, rows, columns, lanes);
  }
}

/// Brings what one tile adds to the patch left of it into the second-level cache: row `i`, which lies one above the
/// tile's, from the patch's third column on, which is the tile's second.
INLINE void NAME(read_ahead)(const supertile_convolution *job, size_t row, size_t column, size_t i) {
  for (const supertile_map *map = job->input; map < job->input + 2; map++)
    fetch_ahead(map->origin, (row + i) * map->row_step - map->row_step + (column + 1) * map->channels,
                TILE_COLUMNS * map->channels);
}

/// The same for row `i` of the tile that outputs are written to, and of its residual.
INLINE void NAME(write_ahead)(const supertile_convolution *job, size_t row, size_t column, size_t i) {
  fetch_ahead(job->output, (row + i) * job->output_row_step + column * job->outputs, TILE_COLUMNS * job->outputs);
  for (const supertile_map *map = job->residual; map < job->residual + 2; map++)
    fetch_ahead(map->origin, (row + i) * map->row_step + column * map->channels, TILE_COLUMNS * map->channels);
}

static TARGET void NAME(convolve)(const supertile_convolution *job, float *scratch) {
  const size_t inputs = job->input[0].channels + job->input[1].channels;
  const size_t padded = round_up(job->outputs, PANEL), stride = channel_stride(job);
  const size_t across = (job->columns + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const size_t tiles = (job->rows + TILE_ROWS - 1) / TILE_ROWS * across;
  float *v = scratch, *m = scratch + POINTS * v_plane(job);
  for (size_t tile = 0; tile < tiles; tile += BLOCK_TILES) {
    const size_t count = smaller(BLOCK_TILES, tiles - tile), computed = round_up(count, GROUP);
    for (size_t t = 0; t < count; t++) {
      const size_t row = (tile + t) / across * TILE_ROWS, column = (tile + t) % across * TILE_COLUMNS;
      float *place = v + t * stride;
      NAME(transform_tile_input)(job, &job->input[0], row, column, place, v_plane(job));
      if (job->input[1].channels)
        NAME(transform_tile_input)(job, &job->input[1], row, column, place + job->input[0].channels, v_plane(job));
    }
    // The last block may end inside a group of tiles; what is computed for the others is not looked at.
    for (size_t point = 0; count < computed && point < POINTS; point++)
      memset(v + point * v_plane(job) + count * stride, 0, (computed - count) * stride * sizeof(float));
    for (size_t first = 0; first < padded; first += CHUNK_OUTPUTS) {
      const size_t chunk = smaller(CHUNK_OUTPUTS, padded - first);
      const float *u = job->weights + POINTS * inputs * first;
      for (size_t point = 0; point < POINTS; point++) {
        // The products leave the memory idle: meanwhile it brings what is needed before and after them.
        for (size_t t = first == 0 ? count * point / POINTS : count; t < count * (point + 1) / POINTS; t++) {
          const size_t row = (tile + t) / across * TILE_ROWS, column = (tile + t) % across * TILE_COLUMNS;
          for (size_t i = 0; i < TILE_ROWS; i++) NAME(write_ahead)(job, row, column, i);
          const size_t next = tile + t + BLOCK_TILES;
          const size_t next_row = next / across * TILE_ROWS, next_column = next % across * TILE_COLUMNS;
          for (size_t i = 0; next < tiles && i < PATCH_ROWS; i++) NAME(read_ahead)(job, next_row, next_column, i);
        }
        for (size_t output = 0; output < chunk; output += PANEL, u += inputs * PANEL)
          for (size_t t = 0; t < computed; t += GROUP)
            multiply_panel(inputs, v + point * v_plane(job) + t * stride, stride, u,
                           m + point * m_plane() + t * CHUNK_OUTPUTS + output, CHUNK_OUTPUTS);
      }
      for (size_t t = 0; t < count; t++) {
        const size_t row = (tile + t) / across * TILE_ROWS, column = (tile + t) % across * TILE_COLUMNS;
        NAME(transform_tile_sums)(job, row, column, first, smaller(chunk, job->outputs - first), m + t * CHUNK_OUTPUTS);
      }
    }
  }
}

#undef PATCH_ROWS
#undef PATCH_COLUMNS
#undef POINTS
#undef JOIN_
#undef JOIN
#undef NAME
#undef ALONG
#undef TILE_ROWS
#undef TILE_COLUMNS
