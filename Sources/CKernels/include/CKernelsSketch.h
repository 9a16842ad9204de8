// How the sizes of deltas are spread: counts of |o - b| and of |o - b| / |b| in bins that are as
// wide as their values are large.
//
// It is C because the wide sets need per-function instruction sets, which Swift lacks.
//
// Deltas and quotients are f32, each rounded once where both runs hold f32 or narrower floats; of
// wider numbers they are rounded from f64. A bin holds the values that agree in exponent
// and in the first LETHE_SKETCH_MANTISSA_BITS bits of the mantissa, so that it is chosen from the
// bits alone. Counts of parts add up to those of the whole, in any order.
#ifndef CKERNELS_SKETCH_H
#define CKERNELS_SKETCH_H

#include <stdint.h>

#include "CKernelsDelta.h"
#include "CKernelsSet.h"

enum {
  LETHE_SKETCH_MANTISSA_BITS = 6,
  // The bits of a value without its sign, less those that a bin leaves open.
  LETHE_SKETCH_SHIFT = 23 - LETHE_SKETCH_MANTISSA_BITS,
  // The last bin: pairs with a NaN or an infinity, and what is beyond the largest f32.
  LETHE_SKETCH_LAST_BIN = 255 << LETHE_SKETCH_MANTISSA_BITS,
  // Tables that take turns, so that equal values do not wait for each other.
  LETHE_SKETCH_TABLES = 4,
  // Beyond the last bin, so that the same bins of two tables do not share a cache set.
  LETHE_SKETCH_TABLE_SIZE = LETHE_SKETCH_LAST_BIN + 1 + 143,
};

// Counts of up to 2^32 - 1 pairs; all zero at the start.
//
// Bin 0 is zero itself, bin 1 all that is smaller than what bin 2 begins with. A quotient of zero
// deltas is zero, whatever the base; other deltas from a base of zero have an infinite one, in the
// last bin. Pairs that are in the last bin of the deltas are in that of the quotients too.
typedef struct {
  uint32_t deltas[LETHE_SKETCH_TABLES][LETHE_SKETCH_TABLE_SIZE];
  uint32_t quotients[LETHE_SKETCH_TABLES][LETHE_SKETCH_TABLE_SIZE];
} lethe_sketch;

// Adds `count` pairs.
void lethe_sketch_add(lethe_kernel_set set, lethe_delta_run base, lethe_delta_run other,
                      int64_t count, lethe_sketch *sketch);

// Adds up the tables: how many pairs each bin holds.
void lethe_sketch_finish(const lethe_sketch *sketch, int64_t deltas[LETHE_SKETCH_LAST_BIN + 1],
                         int64_t quotients[LETHE_SKETCH_LAST_BIN + 1]);

#endif
