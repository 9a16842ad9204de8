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

/// x[i] = exp(x[i] - max(x)) / sum; the sum is f64 over 8 lanes. n must be at least 1.
void lethe_softmax(lethe_kernel_set set, float *x, size_t n);

/// ln(sum(exp(x[i]))): the largest element plus the logarithm of an f64 sum over 8 lanes. n must be
/// at least 1.
double lethe_log_sum_exp(lethe_kernel_set set, const float *x, size_t n);

/// The index of the largest element, the first among equals; NaN is never the largest unless it is
/// the first. n must be at least 1.
size_t lethe_largest_index(const float *x, size_t n);

/// gate[i] = silu(gate[i]) * up[i], silu(x) = x / (1 + exp(-x)).
void lethe_silu_multiply(lethe_kernel_set set, float *gate, const float *up, size_t n);

/// x[i] = x[i] + y[i].
void lethe_add(lethe_kernel_set set, float *x, const float *y, size_t n);

/// x[i] = x[i] * factor.
void lethe_scale(lethe_kernel_set set, float *x, float factor, size_t n);

/// Rotates each of `heads` heads of a row, pairing element i with element i + half ("half-split"
/// rotary positions): x[i] cos - x[i + half] sin, x[i + half] cos + x[i] sin.
void lethe_rotate_halves(
  lethe_kernel_set set, float *x, size_t heads, size_t half, const float *cosines,
  const float *sines);

/// The largest error of the exponential used above, relative to exp in f64, over its range.
#define LETHE_EXP_RELATIVE_ERROR 2.5e-7

/// The exponential used above, exposed for its test: x below -87.3 gives 0, above 88.7 infinity.
void lethe_exp(lethe_kernel_set set, const float *x, size_t n, float *out);

#endif
