// The f32 matrix product of the forward pass.
//
// C = A * W^T for activations A [m, k] and weights W [n, k], W packed once into panels.
//
// Every element of C is one chain of fused multiply-adds over k in ascending order, started at
// zero. So a row of C does not depend on m, on its position among the rows, on the thread or on the
// instruction set: the scalar twin gives the same bits as the vector kernels.
#ifndef CKERNELS_PRODUCT_H
#define CKERNELS_PRODUCT_H

#include <stddef.h>

#include "CKernelsSet.h"

/// Columns of C in one panel.
#define LETHE_PANEL_WIDTH 32

/// How many floats `n` packed rows of `k` elements take: n is rounded up to whole panels.
size_t lethe_panels_count(size_t n, size_t k);

/// Packs rows `first` to `first + n` of W, given as [n, k] with rows `stride` floats apart, into panels
/// [rows / 32][k][32]. What the panels hold beside them stays as it is; it never reaches a result.
/// `panels` must hold `lethe_panels_count(first + n, k)` floats and must not overlap W.
void lethe_pack_rows(
  const float *w, size_t n, size_t k, size_t stride, size_t first, float *panels);

/// Packs elements `first` to `first + k` of every row of W, given by columns, [k, n] with rows `stride`
/// floats apart, into panels of rows of `packed_k` elements.
void lethe_pack_columns(
  const float *w, size_t n, size_t k, size_t stride, size_t first, size_t packed_k,
  float *panels);

/// C [m, n] = A [m, k] * W^T. Rows of A and C are `a_stride` and `c_stride` floats apart. The panels
/// were packed with `packed_k` >= k elements a row; only the first k are used. No alignment is
/// asked for; C must not overlap A or the panels.
void lethe_product_f32(
  lethe_kernel_set set, const float *a, size_t a_stride, size_t m, const float *panels,
  size_t packed_k, size_t n, size_t k, float *c, size_t c_stride);

#endif
