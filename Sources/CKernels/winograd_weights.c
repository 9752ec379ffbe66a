// Weights of F(4x4, 3x3): U = G g G^T, computed in double precision, laid out as the microkernels read them.
#include "winograd_internal.h"

static size_t panel(supertile_winograd_kernel kernel) {
  return kernel == SUPERTILE_WINOGRAD_AVX512 ? AVX512_PANEL : AVX2_PANEL;
}

size_t supertile_winograd_padded_outputs(supertile_winograd_kernel kernel, size_t outputs) {
  return round_up(outputs, panel(kernel));
}

size_t supertile_winograd_weight_count(supertile_winograd_kernel kernel, size_t inputs, size_t outputs) {
  return POINTS * inputs * supertile_winograd_padded_outputs(kernel, outputs);
}

/// u[36] = G g G^T for the nine weights g between one input and one output; points 0, 1, -1, 2, -2, infinity.
static void transform(const float *g, double *u) {
  static const double G[PATCH_SIDE][3] = {
    {1.0 / 4, 0, 0},
    {-1.0 / 6, -1.0 / 6, -1.0 / 6},
    {-1.0 / 6, 1.0 / 6, -1.0 / 6},
    {1.0 / 24, 1.0 / 12, 1.0 / 6},
    {1.0 / 24, -1.0 / 12, 1.0 / 6},
    {0, 0, 1},
  };
  double columns[PATCH_SIDE][3];
  for (size_t i = 0; i < PATCH_SIDE; i++)
    for (size_t j = 0; j < 3; j++)
      columns[i][j] = G[i][0] * g[j] + G[i][1] * g[3 + j] + G[i][2] * g[6 + j];
  for (size_t i = 0; i < PATCH_SIDE; i++)
    for (size_t j = 0; j < PATCH_SIDE; j++)
      u[i * PATCH_SIDE + j] = columns[i][0] * G[j][0] + columns[i][1] * G[j][1] + columns[i][2] * G[j][2];
}

void supertile_winograd_pack(supertile_winograd_kernel kernel, size_t inputs, size_t outputs, const float *weights,
                             float *packed) {
  const size_t width = panel(kernel), padded = supertile_winograd_padded_outputs(kernel, outputs);
  for (size_t output = 0; output < padded; output++) {
    const size_t first = output / CHUNK_OUTPUTS * CHUNK_OUTPUTS;
    const size_t chunk = padded - first < CHUNK_OUTPUTS ? padded - first : CHUNK_OUTPUTS;
    for (size_t input = 0; input < inputs; input++) {
      double u[POINTS] = {0};
      if (output < outputs) transform(weights + (output * inputs + input) * 9, u);
      float *place = packed + POINTS * inputs * first + (output - first) / width * inputs * width + input * width +
                     output % width;
      for (size_t point = 0; point < POINTS; point++) place[point * inputs * chunk] = (float)u[point];
    }
  }
}
