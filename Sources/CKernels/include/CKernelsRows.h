// What the forward pass does with rows of f32 besides products.
//
// Every operation rounds as plain IEEE arithmetic in a stated order (no contraction, no
// reassociation beyond the stated lanes), so all kernel sets give the same bits.
#ifndef CKERNELS_ROWS_H
#define CKERNELS_ROWS_H

#include <stddef.h>

#include "CKernelsSet.h"

/// out[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i]; the mean is summed in f64 over 8 lanes.
void lethe_rms_norm(
  lethe_kernel_set set, const float *x, const float *weight, size_t n, float epsilon, float *out);

/// out[i] = (x[i] - mean) / sqrt(variance + epsilon) * weight[i] + bias[i]; both sums are f64 over 8
/// lanes.
void lethe_layer_norm(
  lethe_kernel_set set, const float *x, const float *weight, const float *bias, size_t n,
  float epsilon, float *out);

/// x[i] = exp(x[i] - max(x)) / sum; the sum is f64 over 8 lanes. n must be at least 1.
void lethe_softmax(lethe_kernel_set set, float *x, size_t n);

/// What is known of the logits of one row over some columns.
typedef struct lethe_logit_statistics {
  /// The largest one; NaN is never the largest, -infinity if there is no other.
  float largest;
  /// The first column that holds it; 0 if none is above -infinity.
  size_t index;
  /// sum(exp(x[i] - largest)), or sum(exp(x[i])) where the largest is -infinity: f32 over 16 lanes,
  /// the lanes added up in f64.
  double sum;
} lethe_logit_statistics;

/// The statistics of `n` logits, at least 1.
lethe_logit_statistics lethe_logit_block(lethe_kernel_set set, const float *x, size_t n);

/// Functions of one number.
typedef enum lethe_activation {
  /// x / (1 + exp(-x)).
  LETHE_SILU,
  /// x (1 + erf(x / sqrt 2)) / 2.
  LETHE_GELU,
  /// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
  LETHE_GELU_TANH,
  /// max(x, 0).
  LETHE_RELU,
  /// 1 / (1 + exp(-x)).
  LETHE_SIGMOID,
  LETHE_TANH,
  LETHE_ERF,
  /// x below -87.3 gives 0, above 88.7 infinity.
  LETHE_EXP,
} lethe_activation;

/// The largest errors of the exponential, tanh and erf that all of these use, relative to f64.
#define LETHE_EXP_RELATIVE_ERROR 2.5e-7
#define LETHE_TANH_RELATIVE_ERROR 2.5e-7
#define LETHE_ERF_RELATIVE_ERROR 2.5e-7

/// x[i] = f(x[i]).
void lethe_activate(lethe_kernel_set set, lethe_activation kind, float *x, size_t n);

/// up[i] = f(gate[i]) * up[i].
void lethe_gate(
  lethe_kernel_set set, lethe_activation kind, const float *gate, float *up, size_t n);

/// x[i] = tanh(x[i] / cap) * cap.
void lethe_soft_cap(lethe_kernel_set set, float *x, float cap, size_t n);

/// x[i] = x[i], at least -bound and at most bound.
void lethe_clip(lethe_kernel_set set, float *x, float bound, size_t n);

/// x[i] = x[i] + y[i].
void lethe_add(lethe_kernel_set set, float *x, const float *y, size_t n);

/// x[i] = x[i] * factor.
void lethe_scale(lethe_kernel_set set, float *x, float factor, size_t n);

/// Rotates the first `2 * half` elements of each of `heads` heads of a row, `head_stride` floats apart,
/// pairing element i with element i + half ("half-split" rotary positions): x[i] cos - x[i + half] sin,
/// x[i + half] cos + x[i] sin.
void lethe_rotate_halves(
  lethe_kernel_set set, float *x, size_t heads, size_t head_stride, size_t half,
  const float *cosines, const float *sines);

#endif
