// Every C kernel on odd sizes with buffers not one value too long, for AddressSanitizer and
// UndefinedBehaviorSanitizer. Built and run by `make sanitize`; also compares with the definitions.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "row_product.h"
#include "winograd.h"

static unsigned long long state = 1;
static unsigned failures = 0, checks = 0;

static void expect(int holds, const char *what) {
  checks++;
  if (holds) return;
  failures++;
  fprintf(stderr, "failed: %s\n", what);
}

/// Uniform in -1...1.
static float random_value(void) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (float)((double)(state >> 11) / 4503599627370496.0 - 1);
}

/// A buffer of exactly `count` values, on a cache line.
static float *values(size_t count, int random) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, (count ? count : 1) * sizeof(float))) abort();
  float *result = memory;
  for (size_t i = 0; i < count; i++) result[i] = random ? random_value() : 0;
  return result;
}

/// The worse of two errors: one that is no number stays.
static double worse(double a, double b) { return isnan(a) || a > b ? a : b; }

typedef struct {
  size_t rows, columns, channels;
  float *all;
} map;

static size_t place(const map *m, size_t row, size_t column) {
  return ((row + 1) * (m->columns + 2) + column + 1) * m->channels;
}

static map make_map(size_t rows, size_t columns, size_t channels, int random) {
  map m = {rows, columns, channels, NULL};
  m.all = values((rows + 2) * (columns + 2) * channels, 0);
  for (size_t r = 0; random && r < rows; r++)
    for (size_t i = 0; i < columns * channels; i++) m.all[place(&m, r, 0) + i] = random_value();
  return m;
}

/// A part of a map, which lies `inset` pixels from each of its sides.
static supertile_map read_map(const map *m, size_t inset) {
  return (supertile_map){m->channels ? m->all + place(m, inset, inset) : NULL, m->channels,
                         (m->columns + 2) * m->channels};
}

/// The channel of a pixel in two maps side by side.
static double at(const map maps[2], size_t row, size_t column, size_t channel) {
  const map *m = maps;
  if (channel >= m->channels) channel -= m++->channels;
  return m->all[place(m, row, column) + channel];
}

/// The convolution by its definition, into values of rows x columns x outputs.
static double *define(const map input[2], const map residual[2], int residual_first, const float *weights,
                      const float *bias, float slope, size_t outputs) {
  const size_t rows = input->rows, columns = input->columns, inputs = input[0].channels + input[1].channels;
  double *result = calloc(rows * columns * outputs, sizeof(double));
  if (!result) abort();
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++)
      for (size_t o = 0; o < outputs; o++) {
        double sum = bias[o];
        for (size_t tap = 0; tap < 9; tap++) {
          // The pixel of the input, one more than it is: none is negative.
          const size_t row = r + tap / 3, column = c + tap % 3;
          if (row < 1 || row > rows || column < 1 || column > columns) continue;
          for (size_t i = 0; i < inputs; i++)
            sum += weights[(o * inputs + i) * 9 + tap] * at(input, row - 1, column - 1, i);
        }
        const double added = residual[0].channels ? at(residual, r, c, o) : 0;
        if (residual_first) sum += added;
        if (sum < 0) sum *= slope;
        result[(r * columns + c) * outputs + o] = sum + (residual_first ? 0 : added);
      }
  return result;
}

/// One shape on every available kernel. Channels [1] may be 0; residual 0 for none.
/// - inset: pixels at each side of the maps that are not computed.
static void check_convolution(size_t rows, size_t columns, size_t inset, const size_t inputs[2],
                              const size_t residual[2], int residual_first, size_t outputs) {
  static const char *names[] = {"F4 AVX2", "F4 AVX-512", "F4x6 AVX2", "F4x6 AVX-512", "F6 AVX2", "F6 AVX-512"};
  const size_t all = inputs[0] + inputs[1];
  map in[2], add[2];
  for (size_t i = 0; i < 2; i++) {
    in[i] = make_map(rows, columns, inputs[i], 1);
    add[i] = make_map(rows, columns, residual[i], 1);
  }
  float *weights = values(outputs * all * 9, 1), *bias = values(outputs, 1), *previous = NULL;
  const float slope = 0.25f;
  double *expected = define(in, add, residual_first, weights, bias, slope, outputs);
  for (int number = 0; number < SUPERTILE_WINOGRAD_KERNELS; number++) {
    const supertile_winograd_kernel kernel = (supertile_winograd_kernel)number;
    if (!supertile_winograd_available(kernel)) continue;
    map out = make_map(rows, columns, outputs, 0);
    float *padded = values(supertile_winograd_padded_outputs(kernel, outputs), 0);
    memcpy(padded, bias, outputs * sizeof(float));
    float *packed = values(supertile_winograd_weight_count(kernel, all, outputs), 0);
    supertile_winograd_pack(kernel, all, outputs, weights, packed);
    supertile_convolution job = {
      .rows = rows - 2 * inset, .columns = columns - 2 * inset,
      .input = {read_map(&in[0], inset), read_map(&in[1], inset)},
      .residual = {read_map(&add[0], inset), read_map(&add[1], inset)}, .residual_first = residual_first,
      .weights = packed, .bias = padded, .slope = slope, .output = out.all + place(&out, inset, inset),
      .outputs = outputs, .output_row_step = (columns + 2) * outputs};
    // No numbers: the result depends on no value the kernel has not written.
    const size_t needed = supertile_winograd_scratch_count(kernel, &job);
    float *scratch = values(needed, 0);
    for (size_t i = 0; i < needed; i++) scratch[i] = NAN;
    supertile_winograd_apply(kernel, &job, scratch);
    double worst = 0, around = 0;
    for (size_t r = 0; r < rows + 2; r++)
      for (size_t c = 0; c < columns + 2; c++)
        for (size_t o = 0; o < outputs; o++) {
          const double value = out.all[(r * (columns + 2) + c) * outputs + o];
          if (r < 1 + inset || r > rows - inset || c < 1 + inset || c > columns - inset)
            around = worse(around, fabs(value));
          else worst = worse(worst, fabs(value - expected[((r - 1) * columns + c - 1) * outputs + o]));
        }
    // sqrt(9 inputs) / 3 is the root mean square of the sums.
    expect(worst < 1e-4 * fmax(1, sqrt((double)all)), names[kernel]);
    expect(around == 0, "nothing around the region is written");
    // The two vector widths of a shape follow each other.
    if (previous && number % 2 == 1) {
      const size_t bytes = (rows + 2) * (columns + 2) * outputs * sizeof(float);
      expect(memcmp(previous, out.all, bytes) == 0, "the vector widths agree to the last bit");
    }
    free(previous), free(padded), free(packed), free(scratch);
    previous = out.all;
  }
  for (size_t i = 0; i < 2; i++) free(in[i].all), free(add[i].all);
  free(weights), free(bias), free(expected), free(previous);
}

static void check_rows(size_t count) {
  enum { taps = 9 };
  float *sum = values(count, 0), *x = values(count, 1), *pairs = values(2 * count, 1);
  float *even = values(count, 0), *odd = values(count, 0), *back = values(2 * count, 0), *out = values(count, 0);
  supertile_add_scaled(sum, x, 0.5f, count);
  supertile_split(pairs, even, odd, count);
  supertile_add_interleaved(back, even, odd, count);
  float *in[taps], weights[taps];
  for (size_t tap = 0; tap < taps; tap++) in[tap] = values(count, 1), weights[tap] = 0.1f * (float)tap;
  supertile_weighted_sum(out, (const float *const *)in, weights, taps, count);
  double worst = 0;
  for (size_t i = 0; i < count; i++) {
    worst = worse(worst, fabs(sum[i] - 0.5 * x[i]));
    worst = worse(worst, fabs(even[i] - pairs[2 * i]) + fabs(odd[i] - pairs[2 * i + 1]));
    double exact = 0;
    for (size_t tap = 0; tap < taps; tap++) exact += (double)weights[tap] * in[tap][i];
    worst = worse(worst, fabs(out[i] - exact));
  }
  expect(worst < 1e-5, "rows are added and split");
  expect(memcmp(back, pairs, 2 * count * sizeof(float)) == 0, "what was split comes together again");
  float *both = values(count, 0);
  supertile_add_weighted(both, x, in[0], 2, count);
  for (size_t i = 0; i < count; i++) worst = worse(worst, fabs(both[i] - 2.0 * in[0][i] * x[i]));
  expect(worst < 1e-5, "rows are added with a weight each");
  free(both);
  for (size_t tap = 0; tap < taps; tap++) free(in[tap]);
  free(sum), free(x), free(pairs), free(even), free(odd), free(back), free(out);
}

static void check_correction(size_t count) {
  float *difference = values(count, 1), *low = values(count, 1), *coverage = values(count, 1), *clear = values(count, 0);
  float *detail = values(count, 1), *energy = values(count, 1), *correction = values(count, 1);
  for (size_t i = 0; i < count; i++) coverage[i] = i % 7 ? 0.5f : 0, clear[i] = i % 7 && i % 5;
  supertile_detail(detail, energy, difference, low, coverage, clear, count);
  supertile_correction(correction, difference, detail, energy, coverage, clear, 0.1f, 0.3f, 1.5f, count);
  double worst = 0;
  for (size_t i = 0; i < count; i++) {
    const double rest = clear[i] != 0 ? difference[i] - low[i] / 0.5 : 0, size = fabs(rest);
    const double local = sqrt(rest * rest / 0.5), above = size * (1 - 0.1 / fmax(local, 0.1));
    const double excess = fmax(fmax(above, size - 0.3), 0), colour = difference[i] - rest;
    worst = worse(worst, fabs(detail[i] - rest) + fabs(energy[i] - rest * rest));
    worst = worse(worst, fabs(correction[i] - (clear[i] != 0 ? 1.5 * (colour + copysign(excess, rest)) : 0)));
  }
  expect(worst < 1e-4, "what differs is corrected where it is more than noise");
  uint16_t *counts = calloc(count ? count : 1, sizeof(uint16_t));
  uint8_t *published = calloc(count ? count : 1, 1);
  for (size_t i = 0; i < count; i++) published[i] = i % 3 != 0;
  size_t clamped = 0, expected = 0;
  clamped = supertile_quantise(counts, difference, published, 1e5f, count);
  worst = 0;
  for (size_t i = 0; i < count; i++) {
    const double exact = round((double)(difference[i] * 1e5f)), valid = fmin(fmax(exact, 1), 65535);
    expected += published[i] && valid != exact;
    worst = worse(worst, fabs(counts[i] - (published[i] ? valid : 0)));
  }
  expect(worst == 0 && clamped == expected, "counts are rounded and clamped");
  supertile_difference(low, difference, clear, count);
  supertile_raise(low, -0.25f, count);
  for (size_t i = 0; i < count; i++) worst = worse(worst, low[i] < -0.25f);
  expect(worst == 0, "values are raised");
  free(counts), free(published);
  free(difference), free(low), free(coverage), free(clear), free(detail), free(energy), free(correction);
}

static void check_bias(size_t pixels, size_t channels) {
  float *x = values(pixels * channels, 1), *bias = values(channels, 1), *residual = values(pixels * channels, 1);
  float *copy = values(pixels * channels, 0);
  for (int adds = 0; adds < 2; adds++) {
    memcpy(copy, x, pixels * channels * sizeof(float));
    supertile_bias_prelu_add(copy, pixels, channels, bias, 0.25f, adds ? residual : NULL);
    double worst = 0;
    for (size_t i = 0; i < pixels * channels; i++) {
      const double v = (double)x[i] + bias[i % channels];
      worst = worse(worst, fabs(copy[i] - ((v > 0 ? v : 0.25 * v) + (adds ? residual[i] : 0))));
    }
    expect(worst < 1e-6, "bias, PReLU and residual");
  }
  free(x), free(bias), free(residual), free(copy);
}

/// A row of outputs that see `runs` runs of `seen` values, `step` values apart, on every available kernel.
static void check_row_product(size_t count, size_t runs, size_t seen, size_t step, size_t outputs, int accumulate) {
  const size_t length = (count - 1) * step + seen, all = runs * seen;
  float *pixels = values(runs * length, 1), *weights = values(all * outputs, 1), *before = values(count * outputs, 1);
  float *bias = values(supertile_row_padded_outputs(outputs), 0);
  float *packed = values(all * supertile_row_padded_outputs(outputs), 0), *previous = NULL;
  for (size_t o = 0; o < outputs; o++) bias[o] = random_value();
  supertile_row_pack(all, outputs, weights, packed);
  for (int kernel = 0; kernel < SUPERTILE_ROWS_KERNELS; kernel++) {
    if (!supertile_row_available((supertile_row_kernel)kernel)) continue;
    float *out = values(count * outputs, 0);
    // No numbers where nothing is to be added: they would stay.
    for (size_t i = 0; i < count * outputs; i++) out[i] = accumulate ? before[i] : NAN;
    const supertile_row_product product = {
      .count = count, .pixels = pixels, .pixel_step = step, .runs = runs, .run_values = seen, .run_step = length,
      .weights = packed, .bias = bias, .slope = 0.25f, .accumulate = accumulate, .output = out, .outputs = outputs};
    supertile_row_apply((supertile_row_kernel)kernel, &product);
    double worst = 0;
    for (size_t pixel = 0; pixel < count; pixel++)
      for (size_t o = 0; o < outputs; o++) {
        double sum = bias[o] + (accumulate ? before[pixel * outputs + o] : 0);
        for (size_t value = 0; value < all; value++)
          sum += weights[value * outputs + o] * pixels[value / seen * length + pixel * step + value % seen];
        worst = worse(worst, fabs(out[pixel * outputs + o] - (sum < 0 ? 0.25 * sum : sum)));
      }
    expect(worst < 1e-5 * fmax(1, sqrt((double)all)), "a row of outputs is what it sees times the weights");
    expect(!previous || memcmp(previous, out, count * outputs * sizeof(float)) == 0,
           "the vector widths of a row agree to the last bit");
    free(previous);
    previous = out;
  }
  free(pixels), free(weights), free(before), free(bias), free(packed), free(previous);
}

static void check_upsampling(size_t pixels, size_t channels, size_t factor) {
  float *line = values(pixels * channels, 1);
  for (size_t first = 0; first < pixels * factor; first++) {
    const size_t count = pixels * factor - first;
    float *sums = values(count * channels, 1), *before = values(count * channels, 0);
    memcpy(before, sums, count * channels * sizeof(float));
    supertile_add_upsampled(sums, line, pixels, channels, factor, first, count);
    double worst = 0;
    for (size_t i = 0; i < count * channels; i++) {
      const double place = fmax(0, ((double)(first + i / channels) + 0.5) / (double)factor - 0.5);
      const size_t left = (size_t)place, right = left + 1 < pixels ? left + 1 : left;
      const double share = place - (double)left;
      const float *channel = line + i % channels;
      const double exact = (1 - share) * channel[left * channels] + share * channel[right * channels];
      worst = worse(worst, fabs(sums[i] - before[i] - exact));
    }
    expect(worst < 1e-5, "a row is upsampled");
    supertile_rectify(sums, count * channels);
    for (size_t i = 0; i < count * channels; i++) worst = worse(worst, sums[i] < 0);
    expect(worst < 1e-5, "a row is rectified");
    free(sums), free(before);
  }
  free(line);
}

int main(void) {
  for (size_t count = 0; count < 70; count++) check_rows(count), check_correction(count);
  for (size_t channels = 1; channels < 70; channels += 3) check_bias(5, channels);

  for (size_t count = 1; count < 64; count += count < 14 ? 1 : 17)
    for (size_t outputs = 1; outputs < 70; outputs += outputs < 17 ? 3 : 13)
      for (int accumulate = 0; accumulate < 2; accumulate++) {
        check_row_product(count, 1, 19, 19, outputs, accumulate);
        check_row_product(count, 3, 3 * 5, 2 * 5, outputs, accumulate);
        check_row_product(count, 2, 2 * 8, 8, outputs, accumulate);
      }
  for (size_t factor = 1; factor < 9; factor *= 2) check_upsampling(5, 19, factor), check_upsampling(1, 16, factor);

  static const size_t sizes[][2] = {{1, 1}, {1, 9}, {9, 1}, {4, 4}, {5, 7}, {2, 13}, {8, 50}, {21, 23}};
  static const size_t channels[][5] = {
    // two inputs, two residuals, outputs
    {1, 0, 0, 0, 1},   {6, 0, 0, 0, 64},   {64, 0, 64, 0, 64}, {3, 5, 2, 3, 5},    {16, 16, 16, 16, 32},
    {7, 17, 33, 2, 35}, {64, 64, 64, 64, 128}, {33, 0, 0, 0, 48}, {15, 1, 20, 60, 80}, {128, 0, 64, 0, 64},
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t j = 0; j < sizeof channels / sizeof *channels; j++)
      for (size_t inset = 0; 2 * inset < sizes[i][0] && 2 * inset < sizes[i][1] && inset < 3; inset++)
        check_convolution(sizes[i][0], sizes[i][1], inset, channels[j], channels[j] + 2, (i + j) % 2, channels[j][4]);
  printf("%u checks, %u failed\n", checks, failures);
  return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
