// Supertile's vector kernels. Each is compiled for AVX-512, AVX2 and plain x86-64, chosen when the program starts.
#ifndef SUPERTILE_KERNELS_H
#define SUPERTILE_KERNELS_H
#include <stddef.h>

/// In place, for each of `pixels` pixels of `channels` values: x = prelu(x + bias[channel]) + residual.
/// prelu(v) = v > 0 ? v : slope * v; slope 1 means no activation. `residual` may be null.
void supertile_bias_prelu_add(float *values, size_t pixels, size_t channels, const float *bias, float slope,
                              const float *residual);

/// sum[i] += weight * values[i], for i in 0..<count.
void supertile_add_scaled(float *sum, const float *values, float weight, size_t count);

/// sum[i] += weight * values[2 * i], for i in 0..<count.
void supertile_add_scaled_even(float *sum, const float *values, float weight, size_t count);
#endif
