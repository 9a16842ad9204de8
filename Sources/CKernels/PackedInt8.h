// How int8 operands lie in memory; no part of the module's interface.
//
// 32 elements of k make a *run* with one scale a row. A panel is [runs of k] of codes [8][32 rows][4],
// scales [32] and corrections [32]; a block of activations is [runs of k] of codes [8][12 rows][4] and
// scales [12]. Codes of activations are stored with 128 added, for the processor multiplies unsigned
// with signed bytes; a correction is -128 times the sum of a run of weights.
#ifndef PACKED_INT8_H
#define PACKED_INT8_H

#include "Panels.h"

enum { RUN = 32, RUN_WORDS = RUN / 4 };

typedef struct int8_panel_run {
  int8_t codes[RUN_WORDS][LETHE_PANEL_WIDTH][4];
  float scales[LETHE_PANEL_WIDTH];
  int32_t corrections[LETHE_PANEL_WIDTH];
} int8_panel_run;

typedef struct int8_block_run {
  uint8_t codes[RUN_WORDS][LETHE_ROW_BLOCK][4];
  float scales[LETHE_ROW_BLOCK];
} int8_block_run;

static inline size_t run_count(size_t k) { return (k + RUN - 1) / RUN; }
static inline size_t int8_panel_bytes(size_t k) { return run_count(k) * sizeof(int8_panel_run); }
static inline size_t int8_block_bytes(size_t k) { return run_count(k) * sizeof(int8_block_run); }

/// Packs rows of W as the rows of one panel from `column` on.
void lethe_pack_int8_weights(
  lethe_kernel_set set, const float *w, size_t rows, size_t k, size_t stride, size_t column,
  void *panel);

/// Packs up to 12 rows of A.
void lethe_pack_int8_activations(
  lethe_kernel_set set, const float *x, size_t rows, size_t k, size_t stride, void *block);

/// The tile kernel of int8, whose steps are runs.
tile_kernel *lethe_int8_tile_kernel(lethe_kernel_set set);

#endif
