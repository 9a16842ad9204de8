// The matrix products of the forward pass, C = A * W^T, over inputs of a narrower format.
//
// A [m, k] and W [n, k] are packed first: W into panels of 32 rows, A into blocks of 12. The format
// of what is multiplied is an *operand*:
//
// f32: an element of C is one chain of fused multiply-adds over k in ascending order, started at zero.
// bf16: inputs rounded to nearest even; the chain takes k in pairs, the odd one of a pair first, as
//   VDPBF16PS does, and like it takes denormal numbers for zero, as inputs and as results.
// int8: 32 elements of k share a scale, the largest magnitude / 127. The products of such a run are
//   summed exactly, and the chain adds (sum * (scale of A * scale of W)) run by run.
//
// So an element of C does not depend on m, on its position, on the thread or on the kernel set.
#ifndef CKERNELS_PANELS_H
#define CKERNELS_PANELS_H

#include <stddef.h>

#include "CKernelsSet.h"

/// The format that products take their inputs in.
typedef enum lethe_operand { LETHE_F32, LETHE_BF16, LETHE_INT8 } lethe_operand;

/// The formats of 16 bits that weights are stored in.
typedef enum lethe_half_format { LETHE_HALF_BF16, LETHE_HALF_F16 } lethe_half_format;

/// Rows of W, which are columns of C, in one panel.
#define LETHE_PANEL_WIDTH 32

/// Rows of A that are packed together.
#define LETHE_ROW_BLOCK 12

/// The bytes of one panel of rows of `k` elements; panels lie one behind the other.
size_t lethe_panel_bytes(lethe_operand operand, size_t k);

/// The bytes of `m` packed rows of A; m is rounded up to whole blocks.
size_t lethe_packed_rows_bytes(lethe_operand operand, size_t m, size_t k);

/// Packs rows `first` to `first + n` of W, given as [n, k] with rows `stride` floats apart. What the
/// panels hold beside them stays as it is; it never reaches a result. `panels` is aligned to 64 bytes.
void lethe_pack_weights(
  lethe_kernel_set set, lethe_operand operand, const float *w, size_t n, size_t k, size_t stride,
  size_t first, void *panels);

/// The same from rows of 16-bit numbers, little-endian, one behind the other, at any address.
void lethe_pack_half_weights(
  lethe_kernel_set set, lethe_operand operand, const void *halves, lethe_half_format format,
  size_t n, size_t k, size_t first, void *panels);

/// Packs rows `first` to `first + m` of A, given as [m, k] with rows `stride` floats apart; `first` is
/// a multiple of 12. `packed` is aligned to 64 bytes.
void lethe_pack_activations(
  lethe_kernel_set set, lethe_operand operand, const float *x, size_t m, size_t k, size_t stride,
  size_t first, void *packed);

/// C [m, n] = A * W^T of the rows of A from `first` on, a multiple of 12, and the first `n` rows of
/// W in `panels`. Rows of C are `c_stride` floats apart.
void lethe_multiply_panels(
  lethe_kernel_set set, lethe_operand operand, const void *packed, size_t first, size_t m,
  const void *panels, size_t n, size_t k, float *c, size_t c_stride);

#endif
