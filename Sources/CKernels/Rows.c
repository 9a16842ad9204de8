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

// tanh(x): a polynomial near 0, 1 - 2 / (exp(2|x|) + 1) elsewhere.
INLINE float tanh_f32(float x) {
  float square = x * x, magnitude = fabsf(x);
  float p = -6.11318881e-3f;
  p = p * square + 2.10100781e-2f;
  p = p * square + -5.38540706e-2f;
  p = p * square + 1.33327946e-1f;
  p = p * square + -3.33333284e-1f;
  float near = x + x * square * p;
  float far = copysignf(1.0f - 2.0f / (exp_f32(2.0f * magnitude) + 1.0f), x);
  return magnitude < 0.625f ? near : far;
}

// erf(x): a polynomial near 0, 1 - exp(q(|x|)) elsewhere, where q is a polynomial for ln(1 - erf).
INLINE float erf_f32(float x) {
  float square = x * x, magnitude = fabsf(x);
  float p = 8.53883903e-5f;
  p = p * square + -8.18192726e-4f;
  p = p * square + 5.20443590e-3f;
  p = p * square + -2.68607531e-2f;
  p = p * square + 1.12837195e-1f;
  p = p * square + -3.76126349e-1f;
  p = p * square + 1.12837923e+0f;
  float near = x * p;
  float a = magnitude < 4.0f ? magnitude : 4.0f;
  float q = -2.09088490e-5f;
  q = q * a + 4.32290137e-4f;
  q = q * a + -4.16046288e-3f;
  q = q * a + 2.50913240e-2f;
  q = q * a + -1.08236350e-1f;
  q = q * a + -6.33386910e-1f;
  q = q * a + -1.12949502e+0f;
  q = q * a + 1.70527870e-4f;
  float far = copysignf(1.0f - exp_f32(q), x);
  float y = magnitude < 0.9f ? near : far;
  return x != x ? x : y;
}

INLINE float activation(lethe_activation kind, float x) {
  switch (kind) {
  case LETHE_SILU:
    return x / (1.0f + exp_f32(-x));
  case LETHE_GELU:
    return x * 0.5f * (1.0f + erf_f32(x * 0.70710678118654752f));
  case LETHE_GELU_TANH:
    return 0.5f * x * (1.0f + tanh_f32(0.79788456080286536f * (x + 0.044715f * (x * x * x))));
  case LETHE_RELU:
    return x > 0.0f || x != x ? x : 0.0f;
  case LETHE_SIGMOID:
    return 1.0f / (1.0f + exp_f32(-x));
  case LETHE_TANH:
    return tanh_f32(x);
  case LETHE_ERF:
    return erf_f32(x);
  case LETHE_EXP:
    return exp_f32(x);
  }
  return x;
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

INLINE void layer_norm_body(
  const float *x, const float *weight, const float *bias, size_t n, float epsilon, float *out) {
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int j = 0; j < LANES; j++) { lanes[j] += (double)x[i + j]; }
  }
  for (int j = 0; i < n; i++, j++) { lanes[j] += (double)x[i]; }
  double mean = lane_sum(lanes) / (double)n;
  for (int j = 0; j < LANES; j++) { lanes[j] = 0; }
  for (i = 0; i + LANES <= n; i += LANES) {
    for (int j = 0; j < LANES; j++) {
      double distance = (double)x[i + j] - mean;
      lanes[j] += distance * distance;
    }
  }
  for (int j = 0; i < n; i++, j++) {
    double distance = (double)x[i] - mean;
    lanes[j] += distance * distance;
  }
  float factor = (float)(1.0 / sqrt(lane_sum(lanes) / (double)n + (double)epsilon));
  for (i = 0; i < n; i++) {
    out[i] = (float)((double)x[i] - mean) * factor * weight[i] + bias[i];
  }
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

// One loop for each activation, so that each is compiled on its own.
INLINE void activate_body(lethe_activation kind, float *x, size_t n) {
  switch (kind) {
#define LOOP(KIND)                                                                                 \
  case KIND:                                                                                       \
    for (size_t i = 0; i < n; i++) { x[i] = activation(KIND, x[i]); }                              \
    break;
    LOOP(LETHE_SILU)
    LOOP(LETHE_GELU)
    LOOP(LETHE_GELU_TANH)
    LOOP(LETHE_RELU)
    LOOP(LETHE_SIGMOID)
    LOOP(LETHE_TANH)
    LOOP(LETHE_ERF)
    LOOP(LETHE_EXP)
#undef LOOP
  }
}

INLINE void soft_cap_body(float *x, float cap, size_t n) {
  for (size_t i = 0; i < n; i++) { x[i] = tanh_f32(x[i] / cap) * cap; }
}

INLINE void clip_body(float *x, float bound, size_t n) {
  for (size_t i = 0; i < n; i++) {
    float low = x[i] < -bound ? -bound : x[i];
    x[i] = low > bound ? bound : low;
  }
}

INLINE void multiply_body(float *x, const float *y, size_t n) {
  for (size_t i = 0; i < n; i++) { x[i] *= y[i]; }
}

INLINE void add_body(float *x, const float *y, size_t n) {
  for (size_t i = 0; i < n; i++) { x[i] += y[i]; }
}

INLINE void scale_body(float *x, float factor, size_t n) {
  for (size_t i = 0; i < n; i++) { x[i] *= factor; }
}

INLINE void rotate_halves_body(
  float *x, size_t heads, size_t head_stride, size_t half, const float *cosines,
  const float *sines) {
  for (size_t h = 0; h < heads; h++, x += head_stride) {
    for (size_t i = 0; i < half; i++) {
      float first = x[i], second = x[i + half];
      x[i] = first * cosines[i] - second * sines[i];
      x[i + half] = second * cosines[i] + first * sines[i];
    }
  }
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
KERNEL(
  void, layer_norm,
  (const float *x, const float *weight, const float *bias, size_t n, float epsilon, float *out),
  (x, weight, bias, n, epsilon, out))
KERNEL(void, softmax, (float *x, size_t n), (x, n))
KERNEL(double, log_sum_exp, (const float *x, size_t n), (x, n))
KERNEL(void, activate, (lethe_activation kind, float *x, size_t n), (kind, x, n))
KERNEL(void, soft_cap, (float *x, float cap, size_t n), (x, cap, n))
KERNEL(void, clip, (float *x, float bound, size_t n), (x, bound, n))
KERNEL(void, multiply, (float *x, const float *y, size_t n), (x, y, n))
KERNEL(void, add, (float *x, const float *y, size_t n), (x, y, n))
KERNEL(void, scale, (float *x, float factor, size_t n), (x, factor, n))
KERNEL(
  void, rotate_halves,
  (float *x, size_t heads, size_t head_stride, size_t half, const float *cosines,
   const float *sines),
  (x, heads, head_stride, half, cosines, sines))

void lethe_rms_norm(
  lethe_kernel_set set, const float *x, const float *weight, size_t n, float epsilon, float *out) {
  CHOOSE(rms_norm, (x, weight, n, epsilon, out));
}

void lethe_layer_norm(
  lethe_kernel_set set, const float *x, const float *weight, const float *bias, size_t n,
  float epsilon, float *out) {
  CHOOSE(layer_norm, (x, weight, bias, n, epsilon, out));
}

void lethe_softmax(lethe_kernel_set set, float *x, size_t n) { CHOOSE(softmax, (x, n)); }

double lethe_log_sum_exp(lethe_kernel_set set, const float *x, size_t n) {
  CHOOSE(log_sum_exp, (x, n));
}

void lethe_activate(lethe_kernel_set set, lethe_activation kind, float *x, size_t n) {
  CHOOSE(activate, (kind, x, n));
}

void lethe_soft_cap(lethe_kernel_set set, float *x, float cap, size_t n) {
  CHOOSE(soft_cap, (x, cap, n));
}

void lethe_clip(lethe_kernel_set set, float *x, float bound, size_t n) {
  CHOOSE(clip, (x, bound, n));
}

void lethe_multiply(lethe_kernel_set set, float *x, const float *y, size_t n) {
  CHOOSE(multiply, (x, y, n));
}

void lethe_add(lethe_kernel_set set, float *x, const float *y, size_t n) { CHOOSE(add, (x, y, n)); }

void lethe_scale(lethe_kernel_set set, float *x, float factor, size_t n) {
  CHOOSE(scale, (x, factor, n));
}

void lethe_rotate_halves(
  lethe_kernel_set set, float *x, size_t heads, size_t head_stride, size_t half,
  const float *cosines, const float *sines) {
  CHOOSE(rotate_halves, (x, heads, head_stride, half, cosines, sines));
}
