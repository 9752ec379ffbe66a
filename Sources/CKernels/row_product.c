// The row kernels from outside: which there are, what they read, which one runs.
#include "row_product_internal.h"

bool supertile_row_available(supertile_row_kernel kernel) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (kernel) {
  case SUPERTILE_ROWS_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case SUPERTILE_ROWS_AVX512: return __builtin_cpu_supports("avx512f");
  case SUPERTILE_ROWS_KERNELS: break;
  }
#endif
  (void)kernel;
  return false;
}

size_t supertile_row_padded_outputs(size_t outputs) { return (outputs + ROW_PANEL - 1) / ROW_PANEL * ROW_PANEL; }

void supertile_row_pack(size_t seen, size_t outputs, const float *weights, float *packed) {
  for (size_t first = 0; first < outputs; first += ROW_PANEL)
    for (size_t value = 0; value < seen; value++)
      for (size_t output = first; output < first + ROW_PANEL; output++)
        *packed++ = output < outputs ? weights[value * outputs + output] : 0;
}

void supertile_row_apply(supertile_row_kernel kernel, const supertile_row_product *product) {
#if defined(__x86_64__)
  switch (kernel) {
  case SUPERTILE_ROWS_AVX2: supertile_row_avx2(product); return;
  case SUPERTILE_ROWS_AVX512: supertile_row_avx512(product); return;
  case SUPERTILE_ROWS_KERNELS: return;
  }
#endif
  (void)kernel, (void)product;
}
