// Supertile's vector kernels. Each is compiled for AVX-512, AVX2 and plain x86-64, chosen when the program starts.
#ifndef SUPERTILE_KERNELS_H
#define SUPERTILE_KERNELS_H
#include <stddef.h>
#include <stdint.h>

/// In place, for each of `pixels` pixels of `channels` values: x = prelu(x + bias[channel]) + residual.
/// prelu(v) = v > 0 ? v : slope * v; slope 1 means no activation. `residual` may be null.
void supertile_bias_prelu_add(float *values, size_t pixels, size_t channels, const float *bias, float slope,
                              const float *residual);

/// values[i] = values[i], 0 at least, for i in 0..<count. What is no number stays none.
void supertile_rectify(float *values, size_t count);

/// One row of bilinear upsampling by a whole factor, pixel areas aligned and edges repeated, from two rows brought
/// together in `line`: for `count` pixels of the result from pixel `first` on, each of `channels` values,
/// sums += (1 - share) * left + share * right.
/// - pixels: of `line`.
void supertile_add_upsampled(float *sums, const float *line, size_t pixels, size_t channels, size_t factor,
                             size_t first, size_t count);

/// sum[i] += weight * values[i], for i in 0..<count.
void supertile_add_scaled(float *sum, const float *values, float weight, size_t count);

/// sum[i] += weight * weights[i] * values[i], for i in 0..<count.
void supertile_add_weighted(float *sum, const float *values, const float *weights, float weight, size_t count);

/// out[i] = sum over the taps, in their order, of weights[tap] * rows[tap][i], for i in 0..<count.
void supertile_weighted_sum(float *out, const float *const *rows, const float *weights, size_t taps, size_t count);

/// values[2 * i] += even[i] and values[2 * i + 1] += odd[i], for i in 0..<count.
void supertile_add_interleaved(float *values, const float *even, const float *odd, size_t count);

/// even[i] = values[2 * i] and odd[i] = values[2 * i + 1], for i in 0..<count.
void supertile_split(const float *values, float *even, float *odd, size_t count);

/// values[i] = values[i], `least` at least, for i in 0..<count. What is no number stays none.
void supertile_raise(float *values, float least, size_t count);

/// values[i] = clear[i] * (target[i] - values[i]), for i in 0..<count.
void supertile_difference(float *values, const float *target, const float *clear, size_t count);

/// Where clear[i] is not 0: detail[i] = difference[i] - low[i] / coverage[i]; elsewhere 0. energy[i] is its square.
void supertile_detail(float *detail, float *energy, const float *difference, const float *low, const float *coverage,
                      const float *clear, size_t count);

/// Where clear[i] is not 0: step * (what differs without its detail + the part of the detail that is more than noise);
/// elsewhere 0. More than noise is what exceeds it in the local root mean square, sqrt(energy[i] / coverage[i]), or
/// exceeds `outlier` by itself.
void supertile_correction(float *correction, const float *difference, const float *detail, const float *energy,
                          const float *coverage, const float *clear, float noise, float outlier, float step,
                          size_t count);

/// counts[i] = values[i] * scale, rounded (halves away from zero) and clamped to 1...65535, where published[i] is not 0;
/// elsewhere 0. Returns how many of the former had to be clamped.
/// Every value is a number.
size_t supertile_quantise(uint16_t *counts, const float *values, const uint8_t *published, float scale, size_t count);
#endif
