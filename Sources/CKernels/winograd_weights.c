// Weights: U = G g G^T, computed in double precision, laid out as the microkernels read them.
#include "winograd_internal.h"

enum { MOST_PATCH = 8 };

/// The matrix G of one axis: a row a point, the last one infinity.
typedef struct {
  size_t points;
  double rows[MOST_PATCH][3];
} axis;

/// G of the finite points p: (1, p, p^2) over the product of p's distances to the others.
static axis make_axis(const double *finite, size_t count) {
  axis result = {count + 1, {{0}}};
  for (size_t i = 0; i < count; i++) {
    double product = 1;
    for (size_t j = 0; j < count; j++)
      if (j != i) product *= finite[i] - finite[j];
    result.rows[i][0] = 1 / product;
    result.rows[i][1] = finite[i] / product;
    result.rows[i][2] = finite[i] * finite[i] / product;
  }
  result.rows[count][2] = 1;
  return result;
}

static axis axis_4(void) { return make_axis((const double[]){0, A4, -A4, B4, -B4}, 5); }
static axis axis_6(void) { return make_axis((const double[]){0, A6, -A6, B6, -B6, C6, -C6}, 7); }

static bool is_avx512(supertile_winograd_kernel kernel) {
  return kernel == SUPERTILE_WINOGRAD_F4_AVX512 || kernel == SUPERTILE_WINOGRAD_F4X6_AVX512 ||
         kernel == SUPERTILE_WINOGRAD_F6_AVX512;
}

static axis row_axis(supertile_winograd_kernel kernel) {
  return kernel == SUPERTILE_WINOGRAD_F6_AVX2 || kernel == SUPERTILE_WINOGRAD_F6_AVX512 ? axis_6() : axis_4();
}

static axis column_axis(supertile_winograd_kernel kernel) {
  return kernel == SUPERTILE_WINOGRAD_F4_AVX2 || kernel == SUPERTILE_WINOGRAD_F4_AVX512 ? axis_4() : axis_6();
}

static size_t panel(supertile_winograd_kernel kernel) { return is_avx512(kernel) ? AVX512_PANEL : AVX2_PANEL; }

size_t supertile_winograd_padded_outputs(supertile_winograd_kernel kernel, size_t outputs) {
  return round_up(outputs, panel(kernel));
}

size_t supertile_winograd_weight_count(supertile_winograd_kernel kernel, size_t inputs, size_t outputs) {
  return row_axis(kernel).points * column_axis(kernel).points * inputs *
         supertile_winograd_padded_outputs(kernel, outputs);
}

/// u = G g G^T for the nine weights g between one input and one output.
static void transform(const axis *rows, const axis *columns, const float *g, double *u) {
  for (size_t i = 0; i < rows->points; i++) {
    double line[3];
    for (size_t j = 0; j < 3; j++)
      line[j] = rows->rows[i][0] * g[j] + rows->rows[i][1] * g[3 + j] + rows->rows[i][2] * g[6 + j];
    for (size_t j = 0; j < columns->points; j++)
      *u++ = line[0] * columns->rows[j][0] + line[1] * columns->rows[j][1] + line[2] * columns->rows[j][2];
  }
}

void supertile_winograd_pack(supertile_winograd_kernel kernel, size_t inputs, size_t outputs, const float *weights,
                             float *packed) {
  const axis rows = row_axis(kernel), columns = column_axis(kernel);
  const size_t points = rows.points * columns.points;
  const size_t width = panel(kernel), padded = supertile_winograd_padded_outputs(kernel, outputs);
  for (size_t output = 0; output < padded; output++) {
    const size_t first = output / CHUNK_OUTPUTS * CHUNK_OUTPUTS;
    const size_t chunk = padded - first < CHUNK_OUTPUTS ? padded - first : CHUNK_OUTPUTS;
    for (size_t input = 0; input < inputs; input++) {
      double u[MOST_POINTS] = {0};
      if (output < outputs) transform(&rows, &columns, weights + (output * inputs + input) * 9, u);
      float *place = packed + points * inputs * first + (output - first) / width * inputs * width + input * width +
                     output % width;
      for (size_t point = 0; point < points; point++) place[point * inputs * chunk] = (float)u[point];
    }
  }
}
