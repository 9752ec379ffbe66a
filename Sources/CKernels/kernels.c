#include "kernels.h"

#if defined(__x86_64__)
#define EVERY_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EVERY_CPU
#endif

EVERY_CPU
void supertile_bias_prelu_add(float *restrict values, size_t pixels, size_t channels, const float *restrict bias,
                              float slope, const float *restrict residual) {
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    float *restrict x = values + pixel * channels;
    if (residual) {
      const float *restrict r = residual + pixel * channels;
      for (size_t c = 0; c < channels; c++) {
        float v = x[c] + bias[c];
        x[c] = (v > 0 ? v : slope * v) + r[c];
      }
    } else {
      for (size_t c = 0; c < channels; c++) {
        float v = x[c] + bias[c];
        x[c] = v > 0 ? v : slope * v;
      }
    }
  }
}

EVERY_CPU
void supertile_rectify(float *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = values[i] < 0 ? 0 : values[i];
}

EVERY_CPU
void supertile_add_upsampled(float *restrict sums, const float *restrict line, size_t pixels, size_t channels,
                             size_t factor, size_t first, size_t count) {
  for (size_t pixel = first; pixel < first + count; pixel++, sums += channels) {
    float position = ((float)pixel + 0.5f) / (float)factor - 0.5f;
    position = position > 0 ? position : 0;
    const size_t left = (size_t)position, right = left + 1 < pixels ? left + 1 : left;
    const float share = position - (float)left;
    const float *restrict a = line + left * channels, *restrict b = line + right * channels;
    for (size_t c = 0; c < channels; c++) sums[c] += (1 - share) * a[c] + share * b[c];
  }
}

EVERY_CPU
void supertile_add_scaled(float *restrict sum, const float *restrict values, float weight, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += weight * values[i];
}

EVERY_CPU
void supertile_add_weighted(float *restrict sum, const float *restrict values, const float *restrict weights,
                            float weight, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += weight * weights[i] * values[i];
}

/// 16 values at any address.
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));

EVERY_CPU
void supertile_weighted_sum(float *restrict out, const float *const *rows, const float *weights, size_t taps,
                            size_t count) {
  const size_t block = 64;
  if (count < block) {
    for (size_t i = 0; i < count; i++) {
      float sum = 0;
      for (size_t tap = 0; tap < taps; tap++) sum += weights[tap] * rows[tap][i];
      out[i] = sum;
    }
    return;
  }
  for (size_t start = 0; start < count; start += block) {
    // The last block begins earlier where the row is no multiple of blocks.
    size_t i = start + block <= count ? start : count - block;
    lanes a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t tap = 0; tap < taps; tap++) {
      const float weight = weights[tap];
      const lanes *row = (const lanes *)(rows[tap] + i);
      a += weight * row[0];
      b += weight * row[1];
      c += weight * row[2];
      d += weight * row[3];
    }
    lanes *target = (lanes *)(out + i);
    target[0] = a;
    target[1] = b;
    target[2] = c;
    target[3] = d;
  }
}

EVERY_CPU
void supertile_add_interleaved(float *restrict values, const float *restrict even, const float *restrict odd,
                               size_t count) {
  for (size_t i = 0; i < count; i++) {
    values[2 * i] += even[i];
    values[2 * i + 1] += odd[i];
  }
}

EVERY_CPU
void supertile_split(const float *restrict values, float *restrict even, float *restrict odd, size_t count) {
  for (size_t i = 0; i < count; i++) {
    even[i] = values[2 * i];
    odd[i] = values[2 * i + 1];
  }
}

EVERY_CPU
void supertile_raise(float *values, float least, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = values[i] < least ? least : values[i];
}

EVERY_CPU
void supertile_difference(float *restrict values, const float *restrict target, const float *restrict clear,
                          size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = clear[i] * (target[i] - values[i]);
}

EVERY_CPU
void supertile_detail(float *restrict detail, float *restrict energy, const float *restrict difference,
                      const float *restrict low, const float *restrict coverage, const float *restrict clear,
                      size_t count) {
  for (size_t i = 0; i < count; i++) {
    float rest = difference[i] - low[i] / coverage[i];
    rest = clear[i] != 0 ? rest : 0;
    detail[i] = rest;
    energy[i] = rest * rest;
  }
}

EVERY_CPU
void supertile_correction(float *restrict correction, const float *restrict difference, const float *restrict detail,
                          const float *restrict energy, const float *restrict coverage, const float *restrict clear,
                          float noise, float outlier, float step, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float size = __builtin_fabsf(detail[i]);
    float local = __builtin_elementwise_sqrt(energy[i] / coverage[i]);
    float above = size * (1 - noise / (local > noise ? local : noise));
    float over = size - outlier;
    float excess = above > over ? above : over;
    excess = excess > 0 ? excess : 0;
    float colour = difference[i] - detail[i];
    float sum = step * (colour + (detail[i] < 0 ? -excess : excess));
    correction[i] = clear[i] != 0 ? sum : 0;
  }
}

EVERY_CPU
size_t supertile_quantise(uint16_t *restrict counts, const float *restrict values, const uint8_t *restrict published,
                          float scale, size_t count) {
  size_t clamped = 0;
  for (size_t i = 0; i < count; i++) {
    float scaled = values[i] * scale;
    // Rounds halves away from zero: the largest number below 0.5 does not carry what is below a half.
    float exact = __builtin_elementwise_trunc(scaled + __builtin_copysignf(0x1.fffffep-2f, scaled));
    float valid = exact > 1 ? exact : 1;
    valid = valid < 65535 ? valid : 65535;
    clamped += (published[i] != 0) & (valid != exact);
    counts[i] = published[i] ? (uint16_t)valid : 0;
  }
  return clamped;
}
