#include "peak.h"

/// Chains of multiply-adds side by side: more than a unit's latency times the number of units.
enum { CHAINS = 12 };

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f"))) static double run_avx512(size_t rounds) {
  __m512 sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
  const __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
  for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_fmadd_ps(sums[i], factor, term);
  volatile float kept = 0;
  for (int i = 0; i < CHAINS; i++) kept = kept + _mm512_cvtss_f32(sums[i]);
  return 2.0 * 16 * CHAINS * (double)rounds;
}

__attribute__((target("avx2,fma"))) static double run_avx2(size_t rounds) {
  __m256 sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm256_set1_ps((float)i);
  const __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
  for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm256_fmadd_ps(sums[i], factor, term);
  volatile float kept = 0;
  for (int i = 0; i < CHAINS; i++) kept = kept + _mm256_cvtss_f32(sums[i]);
  return 2.0 * 8 * CHAINS * (double)rounds;
}
#endif

static double run_plain(size_t rounds) {
  float sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = (float)i;
  for (size_t round = 0; round < rounds; round++)
    for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * 0.999f + 0.001f;
  volatile float kept = 0;
  for (int i = 0; i < CHAINS; i++) kept = kept + sums[i];
  return 2.0 * CHAINS * (double)rounds;
}

double supertile_multiply_adds(size_t rounds) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return run_avx512(rounds);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return run_avx2(rounds);
#endif
  return run_plain(rounds);
}
