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
void supertile_add_scaled(float *restrict sum, const float *restrict values, float weight, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += weight * values[i];
}

EVERY_CPU
void supertile_add_scaled_even(float *restrict sum, const float *restrict values, float weight, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += weight * values[2 * i];
}
