// The Winograd kernels from outside: which there are, what they need, which one runs.
#include "winograd_internal.h"

bool supertile_winograd_available(supertile_winograd_kernel kernel) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (kernel) {
  case SUPERTILE_WINOGRAD_F4_AVX2:
  case SUPERTILE_WINOGRAD_F4X6_AVX2:
  case SUPERTILE_WINOGRAD_F6_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case SUPERTILE_WINOGRAD_F4_AVX512:
  case SUPERTILE_WINOGRAD_F4X6_AVX512:
  case SUPERTILE_WINOGRAD_F6_AVX512: return __builtin_cpu_supports("avx512f");
  case SUPERTILE_WINOGRAD_KERNELS: break;
  }
#endif
  (void)kernel;
  return false;
}

/// Points of the transformed plane.
static size_t points(supertile_winograd_kernel kernel) {
  switch (kernel) {
  case SUPERTILE_WINOGRAD_F4_AVX2:
  case SUPERTILE_WINOGRAD_F4_AVX512: return 6 * 6;
  case SUPERTILE_WINOGRAD_F4X6_AVX2:
  case SUPERTILE_WINOGRAD_F4X6_AVX512: return 6 * 8;
  default: return MOST_POINTS;
  }
}

size_t supertile_winograd_scratch_count(supertile_winograd_kernel kernel, const supertile_convolution *convolution) {
  return points(kernel) * (v_plane(convolution) + m_plane());
}

void supertile_winograd_apply(supertile_winograd_kernel kernel, const supertile_convolution *convolution,
                              float *scratch) {
#if defined(__x86_64__)
  switch (kernel) {
  case SUPERTILE_WINOGRAD_F4_AVX2: supertile_winograd_avx2_4x4(convolution, scratch); return;
  case SUPERTILE_WINOGRAD_F4X6_AVX2: supertile_winograd_avx2_4x6(convolution, scratch); return;
  case SUPERTILE_WINOGRAD_F6_AVX2: supertile_winograd_avx2_6x6(convolution, scratch); return;
  case SUPERTILE_WINOGRAD_F4_AVX512: supertile_winograd_avx512_4x4(convolution, scratch); return;
  case SUPERTILE_WINOGRAD_F4X6_AVX512: supertile_winograd_avx512_4x6(convolution, scratch); return;
  case SUPERTILE_WINOGRAD_F6_AVX512: supertile_winograd_avx512_6x6(convolution, scratch); return;
  case SUPERTILE_WINOGRAD_KERNELS: return;
  }
#endif
  (void)kernel, (void)convolution, (void)scratch;
}
