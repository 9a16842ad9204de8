#include "CKernelsRows.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "Common.h"

// The loops below are plain C that the compiler vectorises for each instruction set. With
// contraction off and the order of sums written out, the bits do not depend on it.
#pragma STDC FP_CONTRACT OFF

// exp(x) = 2^n * exp(r), r = x - n ln 2 in two parts, |r| <= ln 2 / 2; a polynomial of degree 6 for
// exp(r) (coefficients as in Cephes' expf).
INLINE float exp_f32(float x) {
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  float shifted = x * 1.44269504088896341f + magic;
  float n = shifted - magic;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // 2^n as two factors, so that n = 128 does not overflow before the product does.
  uint32_t shifted_bits;
  memcpy(&shifted_bits, &shifted, sizeof shifted_bits);
  int32_t exponent = (int32_t)(shifted_bits - 0x4B400000u);
  int32_t first = exponent >> 1;
  int32_t second = exponent - first;
  uint32_t first_bits = (uint32_t)(first + 127) << 23, second_bits = (uint32_t)(second + 127) << 23;
  float first_power, second_power;
  memcpy(&first_power, &first_bits, sizeof first_power);
  memcpy(&second_power, &second_bits, sizeof second_power);
  float y = p * first_power * second_power;
  y = x < -87.3f ? 0.0f : y;
  y = x > 88.72f ? INFINITY : y;
  return x != x ? x : y;
}

INLINE float largest(const float *x, size_t n) {
  float lanes[LANES];
  for (int j = 0; j < LANES; j++) { lanes[j] = x[0]; }
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int j = 0; j < LANES; j++) { lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j]; }
  }
  for (; i < n; i++) { lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0]; }
  for (int j = 1; j < LANES; j++) { lanes[0] = lanes[j] > lanes[0] ? lanes[j] : lanes[0]; }
  return lanes[0];
}

INLINE void rms_norm_body(
  const float *x, const float *weight, size_t n, float epsilon, float *out) {
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int j = 0; j < LANES; j++) { lanes[j] += (double)x[i + j] * (double)x[i + j]; }
  }
  for (int j = 0; i < n; i++, j++) { lanes[j] += (double)x[i] * (double)x[i]; }
  float factor = (float)(1.0 / sqrt(lane_sum(lanes) / (double)n + (double)epsilon));
  for (i = 0; i < n; i++) { out[i] = weight[i] * (x[i] * factor); }
}

INLINE void softmax_body(float *x, size_t n) {
  float top = largest(x, n);
  double lanes[LANES] = {0};
  for (size_t i = 0; i < n; i++) { x[i] = exp_f32(x[i] - top); }
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int j = 0; j < LANES; j++) { lanes[j] += (double)x[i + j]; }
  }
  for (int j = 0; i < n; i++, j++) { lanes[j] += (double)x[i]; }
  float factor = (float)(1.0 / lane_sum(lanes));
  for (i = 0; i < n; i++) { x[i] *= factor; }
}

INLINE double log_sum_exp_body(const float *x, size_t n) {
  float top = largest(x, n);
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int j = 0; j < LANES; j++) { lanes[j] += (double)exp_f32(x[i + j] - top); }
  }
  for (int j = 0; i < n; i++, j++) { lanes[j] += (double)exp_f32(x[i] - top); }
  return (double)top + log(lane_sum(lanes));
}

INLINE void silu_multiply_body(float *gate, const float *up, size_t n) {
  for (size_t i = 0; i < n; i++) { gate[i] = gate[i] / (1.0f + exp_f32(-gate[i])) * up[i]; }
}

INLINE void add_body(float *x, const float *y, size_t n) {
  for (size_t i = 0; i < n; i++) { x[i] += y[i]; }
}

INLINE void scale_body(float *x, float factor, size_t n) {
  for (size_t i = 0; i < n; i++) { x[i] *= factor; }
}

INLINE void rotate_halves_body(
  float *x, size_t heads, size_t half, const float *cosines, const float *sines) {
  for (size_t h = 0; h < heads; h++, x += 2 * half) {
    for (size_t i = 0; i < half; i++) {
      float first = x[i], second = x[i + half];
      x[i] = first * cosines[i] - second * sines[i];
      x[i + half] = second * cosines[i] + first * sines[i];
    }
  }
}

INLINE void exp_body(const float *x, size_t n, float *out) {
  for (size_t i = 0; i < n; i++) { out[i] = exp_f32(x[i]); }
}

size_t lethe_largest_index(const float *x, size_t n) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++) { best = x[i] > x[best] ? i : best; }
  return best;
}

// Compiles a body for each instruction set and chooses among them. PARAMETERS and ARGUMENTS are
// parenthesised lists.
#if defined(__x86_64__)
#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static RESULT NAME##_avx512        \
    PARAMETERS {                                                                                   \
    return NAME##_body ARGUMENTS;                                                                  \
  }                                                                                                \
  __attribute__((target("avx2"))) static RESULT NAME##_avx2 PARAMETERS {                           \
    return NAME##_body ARGUMENTS;                                                                  \
  }                                                                                                \
  static RESULT NAME##_scalar PARAMETERS { return NAME##_body ARGUMENTS; }
#define CHOOSE(NAME, ARGUMENTS)                                                                    \
  if (set == LETHE_KERNELS_AVX512) { return NAME##_avx512 ARGUMENTS; }                             \
  if (set == LETHE_KERNELS_AVX2) { return NAME##_avx2 ARGUMENTS; }                                 \
  return NAME##_scalar ARGUMENTS
#else
#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                \
  static RESULT NAME##_scalar PARAMETERS { return NAME##_body ARGUMENTS; }
#define CHOOSE(NAME, ARGUMENTS)                                                                    \
  (void)set;                                                                                       \
  return NAME##_scalar ARGUMENTS
#endif

KERNEL(
  void, rms_norm, (const float *x, const float *weight, size_t n, float epsilon, float *out),
  (x, weight, n, epsilon, out))
KERNEL(void, softmax, (float *x, size_t n), (x, n))
KERNEL(double, log_sum_exp, (const float *x, size_t n), (x, n))
KERNEL(void, silu_multiply, (float *gate, const float *up, size_t n), (gate, up, n))
KERNEL(void, add, (float *x, const float *y, size_t n), (x, y, n))
KERNEL(void, scale, (float *x, float factor, size_t n), (x, factor, n))
KERNEL(
  void, rotate_halves,
  (float *x, size_t heads, size_t half, const float *cosines, const float *sines),
  (x, heads, half, cosines, sines))
KERNEL(void, exp, (const float *x, size_t n, float *out), (x, n, out))

void lethe_rms_norm(
  lethe_kernel_set set, const float *x, const float *weight, size_t n, float epsilon, float *out) {
  CHOOSE(rms_norm, (x, weight, n, epsilon, out));
}

void lethe_softmax(lethe_kernel_set set, float *x, size_t n) { CHOOSE(softmax, (x, n)); }

double lethe_log_sum_exp(lethe_kernel_set set, const float *x, size_t n) {
  CHOOSE(log_sum_exp, (x, n));
}

void lethe_silu_multiply(lethe_kernel_set set, float *gate, const float *up, size_t n) {
  CHOOSE(silu_multiply, (gate, up, n));
}

void lethe_add(lethe_kernel_set set, float *x, const float *y, size_t n) { CHOOSE(add, (x, y, n)); }

void lethe_scale(lethe_kernel_set set, float *x, float factor, size_t n) {
  CHOOSE(scale, (x, factor, n));
}

void lethe_rotate_halves(
  lethe_kernel_set set, float *x, size_t heads, size_t half, const float *cosines,
  const float *sines) {
  CHOOSE(rotate_halves, (x, heads, half, cosines, sines));
}

void lethe_exp(lethe_kernel_set set, const float *x, size_t n, float *out) {
  CHOOSE(exp, (x, n, out));
}
