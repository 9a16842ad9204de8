// How packed operands lie in memory, and the kernels that multiply them; no part of the module's
// interface.
//
// f32 and bf16 are packed as *words* of 32 bits: one f32, or a pair of bf16 with the even element in
// the low half. A panel is [words of k][32 rows], a block of activations [words of k][12 rows].
#ifndef PANELS_H
#define PANELS_H

#include <stddef.h>
#include <stdint.h>

#include "CKernelsPanels.h"

// Loops over rows become straight code, so that arrays of sums live in registers.
#define UNROLL _Pragma("clang loop unroll(full)")

enum { WIDTH = LETHE_PANEL_WIDTH, BLOCK_ROWS = LETHE_ROW_BLOCK };

/// The words that `k` elements of f32 or bf16 take.
static inline size_t word_count(lethe_operand operand, size_t k) {
  return operand == LETHE_F32 ? k : (k + 1) / 2;
}

/// One tile: C [rows, used] = A * W^T over `steps` words of a block and a panel. If `carry` is set, the
/// chains go on from what C holds. `rows` is 1 to 12, `used` 1 to 32.
typedef void tile_kernel(
  const void *block, const void *columns, size_t steps, size_t rows, size_t used, int carry,
  float *c, size_t c_stride);

/// The tile kernel of an operand, f32 or bf16, whose steps are words.
tile_kernel *lethe_word_tile_kernel(lethe_kernel_set set, lethe_operand operand);

/// Packs rows of f32 as words, row j to `packed[word * width + j]`.
void lethe_pack_words(
  lethe_kernel_set set, lethe_operand operand, const float *x, size_t rows, size_t k, size_t stride,
  size_t width, uint32_t *packed);

#endif
