// The Winograd kernels from outside: which there are, what they need, which one runs.
#include "winograd_internal.h"

bool supertile_winograd_available(supertile_winograd_kernel kernel) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (kernel) {
  case SUPERTILE_WINOGRAD_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case SUPERTILE_WINOGRAD_AVX512: return __builtin_cpu_supports("avx512f");
  }
#endif
  (void)kernel;
  return false;
}

size_t supertile_winograd_scratch_count(supertile_winograd_kernel kernel, const supertile_convolution *convolution) {
  (void)kernel;
  return POINTS * (v_plane(convolution) + m_plane());
}

void supertile_winograd_apply(supertile_winograd_kernel kernel, const supertile_convolution *convolution,
                              float *scratch) {
#if defined(__x86_64__)
  switch (kernel) {
  case SUPERTILE_WINOGRAD_AVX2: supertile_winograd_f4_avx2(convolution, scratch); return;
  case SUPERTILE_WINOGRAD_AVX512: supertile_winograd_f4_avx512(convolution, scratch); return;
  }
#endif
  (void)kernel, (void)convolution, (void)scratch;
}
