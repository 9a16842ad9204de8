#include "CKernelsRows.h"

#include <math.h>
#include <stdint.h>

#include "Common.h"
#include "Functions.h"

// The loops below are plain C that the compiler vectorises for each instruction set. With
// contraction off and the order of sums written out, the bits do not depend on it.
#pragma STDC FP_CONTRACT OFF

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

enum { LOGIT_LANES = 16 };

INLINE lethe_logit_statistics logit_block_body(const float *x, size_t n) {
  float tops[LOGIT_LANES];
  uint32_t places[LOGIT_LANES];  // Where each lane found its largest.
  for (int j = 0; j < LOGIT_LANES; j++) {
    tops[j] = -INFINITY;
    places[j] = (uint32_t)j;
  }
  size_t whole = n / LOGIT_LANES * LOGIT_LANES;
  for (size_t i = 0; i < whole; i += LOGIT_LANES) {
    for (int j = 0; j < LOGIT_LANES; j++) {
      int is_larger = x[i + j] > tops[j];
      tops[j] = is_larger ? x[i + j] : tops[j];
      places[j] = is_larger ? (uint32_t)i + (uint32_t)j : places[j];
    }
  }
  float top = -INFINITY;
  uint32_t index = 0;
  for (int j = 0; j < LOGIT_LANES; j++) {
    if (tops[j] > top || (tops[j] == top && places[j] < index)) {
      top = tops[j];
      index = places[j];
    }
  }
  for (size_t i = whole; i < n; i++) {
    if (x[i] > top) {
      top = x[i];
      index = (uint32_t)i;
    }
  }
  float reference = top > -INFINITY ? top : 0.0f;
  float lanes[LOGIT_LANES] = {0};
  for (size_t i = 0; i < whole; i += LOGIT_LANES) {
    for (int j = 0; j < LOGIT_LANES; j++) { lanes[j] += exp_of_negative(x[i + j] - reference); }
  }
  for (size_t i = whole; i < n; i++) { lanes[i - whole] += exp_of_negative(x[i] - reference); }
  double sum = 0;
  for (int j = 0; j < LOGIT_LANES; j++) { sum += (double)lanes[j]; }
  return (lethe_logit_statistics){top, index, sum};
}

// One loop for each activation, so that each is compiled on its own.
#define ACTIVATIONS                                                                                \
  LOOP(LETHE_SILU)                                                                                 \
  LOOP(LETHE_GELU)                                                                                 \
  LOOP(LETHE_GELU_TANH)                                                                            \
  LOOP(LETHE_RELU)                                                                                 \
  LOOP(LETHE_SIGMOID)                                                                              \
  LOOP(LETHE_TANH)                                                                                 \
  LOOP(LETHE_ERF)                                                                                  \
  LOOP(LETHE_EXP)
INLINE void activate_body(lethe_activation kind, float *x, size_t n) {
  switch (kind) {
#define LOOP(KIND)                                                                                 \
  case KIND:                                                                                       \
    for (size_t i = 0; i < n; i++) { x[i] = activation(KIND, x[i]); }                              \
    break;
    ACTIVATIONS
#undef LOOP
  }
}

INLINE void gate_body(lethe_activation kind, const float *gate, float *up, size_t n) {
  switch (kind) {
#define LOOP(KIND)                                                                                 \
  case KIND:                                                                                       \
    for (size_t i = 0; i < n; i++) { up[i] *= activation(KIND, gate[i]); }                         \
    break;
    ACTIVATIONS
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

KERNEL(
  void, rms_norm, (const float *x, const float *weight, size_t n, float epsilon, float *out),
  (x, weight, n, epsilon, out))
KERNEL(
  void, layer_norm,
  (const float *x, const float *weight, const float *bias, size_t n, float epsilon, float *out),
  (x, weight, bias, n, epsilon, out))
KERNEL(void, softmax, (float *x, size_t n), (x, n))
KERNEL(void, activate, (lethe_activation kind, float *x, size_t n), (kind, x, n))
KERNEL(lethe_logit_statistics, logit_block, (const float *x, size_t n), (x, n))
KERNEL(
  void, gate, (lethe_activation kind, const float *gate, float *up, size_t n), (kind, gate, up, n))
KERNEL(void, soft_cap, (float *x, float cap, size_t n), (x, cap, n))
KERNEL(void, clip, (float *x, float bound, size_t n), (x, bound, n))
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

void lethe_activate(lethe_kernel_set set, lethe_activation kind, float *x, size_t n) {
  CHOOSE(activate, (kind, x, n));
}

lethe_logit_statistics lethe_logit_block(lethe_kernel_set set, const float *x, size_t n) {
  CHOOSE(logit_block, (x, n));
}

void lethe_gate(
  lethe_kernel_set set, lethe_activation kind, const float *gate, float *up, size_t n) {
  CHOOSE(gate, (kind, gate, up, n));
}

void lethe_soft_cap(lethe_kernel_set set, float *x, float cap, size_t n) {
  CHOOSE(soft_cap, (x, cap, n));
}

void lethe_clip(lethe_kernel_set set, float *x, float bound, size_t n) {
  CHOOSE(clip, (x, bound, n));
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
